//! The commands that only central answers.

use tonic::{Request, Response, Status};
use yanzhen_bureau::import::RowError;
use yanzhen_link::{Address, fingerprint};
use yanzhen_proto::v1::central_administration_server::CentralAdministration;
use yanzhen_proto::v1::{
    InvitationView, InvitationsReply, InviteReply, InviteRequest, ListInvitationsRequest, ListSitesRequest,
    ShowUnitsRequest, SitesReply, UnitView, UnitsImported, UnitsReply, UnitsRequest, WithdrawRequest,
};
use yanzhen_site::Failure;
use yanzhen_site::handlers::{failure, refused_row, site_views, unit_kind_word};
use yanzhen_site::runtime::Site;
use yanzhen_sync::directory::Role;

use crate::invitation::Invitation;
use crate::invite::{Invite, invite};
use crate::withdraw;

/// Answers them.
#[derive(Clone)]
pub(crate) struct Commands {
    site: Site,
    /// Where central's children are told to dial.
    addresses: Vec<Address>,
}

impl Commands {
    /// For a running central whose children dial `addresses`.
    pub(crate) fn new(site: Site, addresses: Vec<Address>) -> Commands {
        Commands { site, addresses }
    }
}

#[tonic::async_trait]
impl CentralAdministration for Commands {
    async fn import_units(&self, request: Request<UnitsRequest>) -> Result<Response<UnitsImported>, Status> {
        let imported = self.site.bureau.import_units(&request.into_inner().table).await.map_err(failure)?;
        Ok(Response::new(UnitsImported {
            created: imported.created,
            updated: imported.updated,
            unchanged: imported.unchanged,
            refusals: imported.refusals.iter().map(|row: &RowError| refused_row(row)).collect(),
        }))
    }

    async fn show_units(&self, request: Request<ShowUnitsRequest>) -> Result<Response<UnitsReply>, Status> {
        let code = request.into_inner().code;
        let under = match code.as_str() {
            "" => None,
            code => Some(self.site.bureau.unit_of_code(code).map_err(failure)?),
        };
        let units = self.site.bureau.unit_tree(under).into_iter().map(|view| UnitView {
            code: view.unit.code,
            name: view.unit.name,
            kind: unit_kind_word(view.unit.kind).to_owned(),
            parent_code: view.parent_code,
            depth: view.depth,
            home: view.home.map(|site| site.to_string()).unwrap_or_default(),
            has_site: view.has_site,
            id: view.unit.id.to_string(),
        });
        Ok(Response::new(UnitsReply { units: units.collect() }))
    }

    async fn invite(&self, request: Request<InviteRequest>) -> Result<Response<InviteReply>, Status> {
        let request = request.into_inner();
        let role = match request.role.parse() {
            Ok(role @ (Role::Node | Role::Terminal)) => role,
            Ok(Role::Central) | Err(_) => {
                return Err(Failure::refused(format!("{:?} is no role that can join", request.role))
                    .next("name node or terminal")
                    .into());
            }
        };
        let wanted = Invite { unit_code: request.unit_code, role, ttl_seconds: request.ttl_seconds };
        let invited = invite(&self.site, &wanted, &self.addresses).await?;
        Ok(Response::new(InviteReply {
            id: invited.token.invitation.to_string(),
            parent_fingerprint: fingerprint(&invited.token.parent_key),
            unit_code: invited.token.unit_code.clone(),
            unit_name: invited.token.unit_name.clone(),
            role: role.word().to_owned(),
            above_without_site: invited.above_without_site,
            token: invited.token.to_text().to_string(),
            expires_ms: invited.token.expires,
            warning: invited.warning,
            parent_unit_name: invited.parent.name,
            parent_addresses: invited.token.parent_addresses.iter().map(|a| a.as_str().to_owned()).collect(),
        }))
    }

    async fn list_invitations(
        &self,
        _: Request<ListInvitationsRequest>,
    ) -> Result<Response<InvitationsReply>, Status> {
        let invitations = withdraw::list(&self.site).await?;
        let invitations = invitations.iter().map(|invitation| self.invitation_view(invitation)).collect();
        Ok(Response::new(InvitationsReply { invitations }))
    }

    async fn withdraw_invitation(
        &self,
        request: Request<WithdrawRequest>,
    ) -> Result<Response<InvitationView>, Status> {
        let withdrawn = withdraw::withdraw(&self.site, &request.into_inner().id).await?;
        Ok(Response::new(self.invitation_view(&withdrawn)))
    }

    async fn list_sites(&self, _: Request<ListSitesRequest>) -> Result<Response<SitesReply>, Status> {
        Ok(Response::new(SitesReply { sites: site_views(&self.site).await? }))
    }
}

impl Commands {
    fn invitation_view(&self, invitation: &Invitation) -> InvitationView {
        let directory = self.site.store.directory();
        let unit = directory.unit(invitation.unit);
        let parent = directory.site(invitation.parent).and_then(|parent| directory.unit(parent.unit));
        InvitationView {
            id: invitation.id.to_string(),
            unit_code: unit.map(|unit| unit.code.clone()).unwrap_or_default(),
            unit_name: unit.map(|unit| unit.name.clone()).unwrap_or_default(),
            role: invitation.role.word().to_owned(),
            expires_ms: invitation.expires,
            state: invitation.fate(self.site.store.clock().now()).word().to_owned(),
            parent_unit_name: parent.map(|unit| unit.name.clone()).unwrap_or_default(),
            made_ms: invitation.made,
        }
    }
}
