//! How the unit numbers its documents and when it reminds by rule.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use yanzhen_proto::v1::DocumentRules;

use super::draft_form::next_number;
use super::refusal;
use crate::console::Console;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "documents/settings.html")]
struct SettingsPage {
    shell: Shell,
    typed: Typed,
    next_number: String,
    errors: Vec<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    mark: String,
    /// Days before the deadline, and after it, with commas or spaces between.
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
}

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let rules = match bureau.own_unit() {
        Some(unit) => bureau.document_rules(unit).await?,
        None => DocumentRules::default(),
    };
    let written = |days: Vec<u32>| days.iter().map(u32::to_string).collect::<Vec<_>>().join("，");
    let days = |before: bool| {
        let days = rules.remind_days.iter().filter(|day| (**day < 0) == before);
        written(days.map(|day| day.unsigned_abs()).collect())
    };
    let typed = Typed { before: days(true), after: days(false), mark: rules.mark.clone() };
    page(&console, &visitor, typed, Vec::new()).await
}

pub(super) async fn save(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let (Some(before), Some(after)) = (days(&typed.before), days(&typed.after)) else {
        let wrong = vec!["自动催办的天数应为整数，多个之间用逗号分开。".to_owned()];
        return page(&console, &visitor, typed, wrong).await;
    };
    let before = before.into_iter().map(|days| -days);
    let rules =
        DocumentRules { mark: typed.mark.trim().to_owned(), remind_days: before.chain(after).collect() };
    match console.bureau().set_document_rules(rules).await {
        Ok(()) => Ok(see("/documents/settings")),
        Err(error) => {
            let errors = refusal(&console, error)?;
            page(&console, &visitor, typed, errors).await
        }
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    typed: Typed,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let is_refused = !errors.is_empty();
    let page = SettingsPage {
        shell: Shell::of(console, visitor).await?,
        next_number: next_number(console).await?,
        typed,
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}

/// Whole numbers; none where there is anything else.
fn days(typed: &str) -> Option<Vec<i32>> {
    let parts = typed.split([',', '，', '、', ' ', '　']).filter(|part| !part.is_empty());
    parts.map(|part| part.parse::<u16>().ok().map(i32::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn days_are_whole_numbers_with_anything_usual_between_them() {
        assert_eq!(days("3，1"), Some(vec![3, 1]));
        assert_eq!(days(""), Some(vec![]));
        assert_eq!(days(" 0, 12 、7"), Some(vec![0, 12, 7]));
        for wrong in ["三", "-1", "1.5", "99999"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }
}
