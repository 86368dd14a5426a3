//! Roles of accounts, and what each may do.

/// What an account is for. The three administrators are separated: no account holds two of them, and none may do
/// everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 系统管理员: accounts, the site's running.
    SystemAdmin,
    /// 安全管理员: roles, invitations.
    SecurityAdmin,
    /// 审计管理员: reads what others did.
    AuditAdmin,
    /// 经办人: the daily work.
    Clerk,
    /// 领导: signs off.
    Leader,
    /// 查看人: reads.
    Reader,
    /// 支部书记: the own branches and their members.
    BranchSecretary,
}

/// What a page needs of who asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Reads people, branches and tables of figures.
    ReadRecords,
    /// Enters and amends people and branches of the own units.
    WriteRecords,
    /// Opens what is masked, for a reason, at the people's home.
    SeePrivate,
    /// Reads documents that came in or were issued here.
    ReadDocuments,
    /// Signs for, returns and answers documents that came in.
    HandleDocuments,
    /// Drafts, checks and issues documents.
    IssueDocuments,
    /// Signs drafts of others off, recalls documents.
    SignDocuments,
    /// Sees the sites of the network and how they stand.
    SeeSites,
    /// Lets the site try again what it set aside, exchange now.
    RunSite,
    /// Invites sites.
    InviteSites,
    /// Opens and closes accounts.
    ManageAccounts,
    /// Gives and takes roles.
    GrantRoles,
    /// Reads and amends the own branches and the people in them.
    OwnBranches,
    /// Reads the audit log.
    ReadAudit,
}

impl Role {
    /// All of them, in the order in which pages list them.
    pub const ALL: [Role; 7] = [
        Role::SystemAdmin,
        Role::SecurityAdmin,
        Role::AuditAdmin,
        Role::Clerk,
        Role::Leader,
        Role::Reader,
        Role::BranchSecretary,
    ];

    /// The three that no account combines.
    pub const ADMINISTRATORS: [Role; 3] = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];

    /// The name in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Role::SystemAdmin => "system",
            Role::SecurityAdmin => "security",
            Role::AuditAdmin => "audit",
            Role::Clerk => "clerk",
            Role::Leader => "leader",
            Role::Reader => "reader",
            Role::BranchSecretary => "secretary",
        }
    }

    /// The role with this name.
    pub fn of_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }

    /// What it may do.
    pub fn rights(self) -> &'static [Right] {
        use Right::*;
        match self {
            Role::SystemAdmin => &[SeeSites, RunSite, ManageAccounts],
            Role::SecurityAdmin => &[SeeSites, InviteSites, GrantRoles],
            Role::AuditAdmin => &[SeeSites, ReadAudit],
            Role::Clerk => &[
                ReadRecords,
                WriteRecords,
                SeePrivate,
                ReadDocuments,
                HandleDocuments,
                IssueDocuments,
                SeeSites,
            ],
            Role::Leader => {
                &[ReadRecords, ReadDocuments, HandleDocuments, IssueDocuments, SignDocuments, SeeSites]
            }
            Role::Reader => &[ReadRecords, ReadDocuments],
            Role::BranchSecretary => &[OwnBranches],
        }
    }

    /// Whether one account may hold both. An administrator does nothing but administer.
    pub fn goes_with(self, other: Role) -> bool {
        let administers = |role| Role::ADMINISTRATORS.contains(&role);
        self == other || !(administers(self) || administers(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_account_holds_two_administrators_or_one_beside_the_work() {
        for one in Role::ALL {
            for other in Role::ALL {
                let administers = |role| Role::ADMINISTRATORS.contains(&role);
                let apart = one != other && (administers(one) || administers(other));
                assert_eq!(one.goes_with(other), !apart, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn no_role_may_do_everything_and_what_rules_the_others_is_held_by_one_alone() {
        for right in [Right::ManageAccounts, Right::GrantRoles, Right::ReadAudit, Right::InviteSites] {
            let holders = Role::ALL.iter().filter(|role| role.rights().contains(&right));
            assert_eq!(holders.count(), 1, "{right:?}");
        }
    }

    #[test]
    fn a_role_is_known_again_by_its_code() {
        for role in Role::ALL {
            assert_eq!(Role::of_code(role.code()), Some(role));
        }
        assert_eq!(Role::of_code("root"), None);
    }
}
