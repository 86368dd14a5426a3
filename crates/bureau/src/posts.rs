//! Who holds which post, what an organisation falls short of, and who is away.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use yanzhen_proto::v1::{Appointment, AwayNotice, PartyOrg, Person, Staff};
use yanzhen_store::Fields;
use yanzhen_sync::{RecordId, UnitId};

use crate::Bureau;
use crate::error::BureauError;
use crate::kept::Held;
use crate::kinds::away_notice::{self, AwayAlert};
use crate::kinds::branch_rules::{self, BranchAlert, Facts};
use crate::kinds::{appointment, party_org, person};
use crate::listing::{Filter, Page, WhichAway, WhichPosts, page, path_of};
use crate::people::{by_id, decoded};
use crate::projection::subtree;

/// A post with who holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct PostView {
    /// The record.
    pub post: Held<Appointment>,
    /// The name of who holds it.
    pub holder: String,
    /// The organisation's name.
    pub org: String,
    /// Whether it is held today: within its dates, by somebody who lives and belongs to its unit, or is in service.
    pub is_held: bool,
}

/// Somebody who is or was away.
#[derive(Clone, Debug, PartialEq)]
pub struct AwayView {
    /// The record.
    pub notice: Held<AwayNotice>,
    /// The person's name.
    pub name: String,
    /// What is to be done; nothing about who has died or has left the unit.
    pub alerts: Vec<AwayAlert>,
}

/// An organisation that falls short of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct OrgAlerts {
    /// The organisation.
    pub org: RecordId,
    /// Its unit.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// What it falls short of, the most pressing first; never empty.
    pub alerts: Vec<BranchAlert>,
}

/// Everything that is to be done about organisations and absences of a subtree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alerts {
    /// Organisations, in the order of the tree.
    pub orgs: Vec<OrgAlerts>,
    /// Absences with something to be done, the longest first.
    pub away: Vec<AwayView>,
}

impl Bureau {
    /// The posts of an organisation, the highest first.
    pub async fn posts_of_org(&self, org: RecordId) -> Result<Vec<PostView>, BureauError> {
        self.posts("org", org).await
    }

    /// The posts of a person, in the order in which they began.
    pub async fn posts_of_person(&self, person: RecordId) -> Result<Vec<PostView>, BureauError> {
        self.posts("person", person).await
    }

    async fn posts(&self, of: &'static str, id: RecordId) -> Result<Vec<PostView>, BureauError> {
        let ids = self.rows_of("appointment", of, id.as_bytes(), "role, from_day").await?;
        self.post_views(&ids).await
    }

    /// One page of posts.
    pub async fn list_posts(&self, filter: &Filter<WhichPosts>) -> Result<Page<PostView>, BureauError> {
        let Page { rows, total } = page(self, filter).await?;
        Ok(Page { rows: self.post_views(&rows).await?, total })
    }

    async fn post_views(&self, ids: &[RecordId]) -> Result<Vec<PostView>, BureauError> {
        let posts = self.held_all::<Appointment>(ids).await?;
        let named = |id: &[u8]| RecordId::try_from(id).ok();
        let ids = |of: fn(&Appointment) -> &[u8]| -> Vec<RecordId> {
            posts.iter().filter_map(|post| named(of(&post.body))).collect()
        };
        let store = self.store();
        let people = by_id(store.records_by_ids(&person::KIND, &ids(|post| &post.person)).await?);
        let orgs = by_id(store.records_by_ids(&party_org::KIND, &ids(|post| &post.org)).await?);
        let staff = self.held_all::<Staff>(&ids(|post| &post.staff)).await?;
        let staff: HashMap<RecordId, Staff> = staff.into_iter().map(|staff| (staff.id, staff.body)).collect();
        let today = self.today();
        let view = |post: Held<Appointment>| {
            let person = named(&post.body.person).and_then(|id| people.get(&id));
            let person = person.map(|record| (decoded::<Person>(record), record.unit));
            let member = named(&post.body.staff).and_then(|id| staff.get(&id));
            let org = named(&post.body.org).and_then(|id| orgs.get(&id));
            let serves = match (&person, member) {
                (Some((person, unit)), _) => person::is_living(person) && *unit == post.unit,
                (None, Some(member)) => member.left_on.is_empty(),
                (None, None) => false,
            };
            PostView {
                is_held: serves && appointment::is_held(&post.body, today),
                holder: person
                    .map(|(person, _)| person.name)
                    .or_else(|| member.map(|member| member.name.clone()))
                    .unwrap_or_default(),
                org: org.map(|record| decoded::<PartyOrg>(record).name).unwrap_or_default(),
                post,
            }
        };
        Ok(posts.into_iter().map(view).collect())
    }

    /// What an organisation falls short of today.
    pub async fn org_alerts(&self, org: RecordId) -> Result<Vec<BranchAlert>, BureauError> {
        Ok(self.alerts_of(&[org]).await?.into_iter().flat_map(|found| found.alerts).collect())
    }

    /// What is to be done about the organisations and absences of a unit and the units below it; of everything that is
    /// known here where no unit is named.
    pub async fn alerts(&self, unit: Option<UnitId>) -> Result<Alerts, BureauError> {
        let orgs = self.ids_below("party_org", "r.closed_on = ''", "u.path, r.number", unit).await?;
        let orgs = self.alerts_of(&orgs).await?;
        let away = self.ids_below("away_notice", "r.returned_on = ''", "r.from_day", unit).await?;
        let mut away = self.away_views(&away).await?;
        away.retain(|view| !view.alerts.is_empty());
        Ok(Alerts { orgs, away })
    }

    /// One page of absences.
    pub async fn list_away(&self, filter: &Filter<WhichAway>) -> Result<Page<AwayView>, BureauError> {
        let Page { rows, total } = page(self, filter).await?;
        Ok(Page { rows: self.away_views(&rows).await?, total })
    }

    /// When a person was away.
    pub async fn away_of(&self, person: RecordId) -> Result<Vec<AwayView>, BureauError> {
        let ids = self.rows_of("away_notice", "person", person.as_bytes(), "from_day DESC").await?;
        self.away_views(&ids).await
    }

    async fn away_views(&self, ids: &[RecordId]) -> Result<Vec<AwayView>, BureauError> {
        let notices = self.held_all::<AwayNotice>(ids).await?;
        let person = |notice: &Held<AwayNotice>| RecordId::try_from(notice.body.person.as_ref()).ok();
        let people: Vec<RecordId> = notices.iter().filter_map(person).collect();
        let people = by_id(self.store().records_by_ids(&person::KIND, &people).await?);
        let today = self.today();
        let view = |notice: Held<AwayNotice>| {
            let record = person(&notice).and_then(|id| people.get(&id));
            let person = record.map(|record| (decoded::<Person>(record), record.unit));
            let is_ours = person
                .as_ref()
                .is_some_and(|(person, unit)| person::is_living(person) && *unit == notice.unit);
            let alerts = if is_ours { away_notice::alerts(&notice.body, today) } else { Vec::new() };
            AwayView { name: person.map(|(person, _)| person.name).unwrap_or_default(), alerts, notice }
        };
        Ok(notices.into_iter().map(view).collect())
    }

    async fn alerts_of(&self, orgs: &[RecordId]) -> Result<Vec<OrgAlerts>, BureauError> {
        let mut records = by_id(self.store().records_by_ids(&party_org::KIND, orgs).await?);
        let facts = self.branch_facts(orgs).await?;
        let today = self.today();
        let mut found = Vec::new();
        for id in orgs {
            let Some(record) = records.remove(id) else { continue };
            let org: PartyOrg = decoded(&record);
            let nothing = Facts::default();
            let alerts = branch_rules::alerts(&org, facts.get(id).unwrap_or(&nothing), today);
            if !alerts.is_empty() {
                found.push(OrgAlerts { org: *id, unit: record.unit, name: org.name, alerts });
            }
        }
        Ok(found)
    }

    /// Members and posts of organisations.
    async fn branch_facts(&self, orgs: &[RecordId]) -> Result<HashMap<RecordId, Facts>, BureauError> {
        let mut facts: HashMap<RecordId, Facts> = HashMap::new();
        // The numbers are those of MembershipState (full, probationary) and PersonStatus (living).
        let members = "SELECT m.branch, m.state, COUNT(*) FROM membership m JOIN person p ON p.id = m.person \
                       WHERE p.status = 1 AND m.state IN (1, 2) AND m.branch IN (";
        let of = |row: &sqlx::any::AnyRow| {
            let mut fields = Fields::of("membership", row);
            Ok((fields.id()?, fields.int()?, fields.number::<u64>()?))
        };
        for (org, state, count) in self.rows_about(members, ") GROUP BY m.branch, m.state", orgs, of).await? {
            let facts = facts.entry(org).or_default();
            facts.members += count;
            if state == 1 {
                facts.full_members += count;
            }
        }
        // Nobody has to end the posts of who died, changed units or left the service: they are vacant at once.
        let posts = "SELECT a.id FROM appointment a \
                     LEFT JOIN person p ON p.id = a.person AND p.unit = a.unit AND p.status = 1 \
                     LEFT JOIN staff s ON s.id = a.staff AND s.left_on = '' \
                     WHERE (p.id IS NOT NULL OR s.id IS NOT NULL) AND a.org IN (";
        let of = |row: &sqlx::any::AnyRow| {
            let mut fields = Fields::of("appointment", row);
            fields.id::<RecordId>()
        };
        let ids = self.rows_about(posts, ") ORDER BY a.id", orgs, of).await?;
        let today = self.today();
        for post in self.held_all::<Appointment>(&ids).await? {
            let org = RecordId::try_from(post.body.org.as_ref()).ok();
            let Some(org) = org.filter(|_| appointment::is_held(&post.body, today)) else { continue };
            facts.entry(org).or_default().posts.push(post.body.role());
        }
        Ok(facts)
    }

    /// Rows about some records, a list of them at a time.
    async fn rows_about<T>(
        &self,
        before: &str,
        after: &str,
        ids: &[RecordId],
        read: impl Fn(&sqlx::any::AnyRow) -> Result<T, yanzhen_store::StoreError>,
    ) -> Result<Vec<T>, BureauError> {
        let mut rows = Vec::new();
        for chunk in ids.chunks(crate::sql::VALUES_PER_LIST) {
            let query =
                sqlx::query(yanzhen_store::with_list(before, 1, chunk.len(), after)).persistent(false);
            let query = chunk.iter().fold(query, |query, id| query.bind(id.as_bytes().to_vec()));
            for row in &query.fetch_all(self.store().reader()).await? {
                rows.push(read(row)?);
            }
        }
        Ok(rows)
    }

    /// The ids of a typed table's rows of a unit and the units below it.
    pub(crate) async fn ids_below(
        &self,
        table: &'static str,
        condition: &'static str,
        order: &'static str,
        unit: Option<UnitId>,
    ) -> Result<Vec<RecordId>, BureauError> {
        let range = match unit {
            None => None,
            Some(unit) => match path_of(self, unit).await? {
                Some(path) => Some(subtree(&path)),
                None => return Ok(Vec::new()),
            },
        };
        let within = if range.is_some() { "AND u.path >= $1 AND u.path < $2" } else { "" };
        let sql = format!(
            "SELECT r.id FROM unit u JOIN {table} r ON r.unit = u.id WHERE {condition} {within} \
             ORDER BY {order}, r.id"
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        if let Some((from, to)) = range {
            query = query.bind(from).bind(to);
        }
        let rows = query.fetch_all(self.store().reader()).await?;
        Ok(rows.iter().map(|row| Fields::of(table, row).id()).collect::<Result<_, _>>()?)
    }
}
