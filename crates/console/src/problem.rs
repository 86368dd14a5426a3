//! What went wrong, as a page: what happened, why, what to do next, and a code to search for. What is the site's own
//! fault is logged in full and shown by its code alone.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use yanzhen_bureau::BureauError;
use yanzhen_proto::v1::Trouble;

use crate::accounts::AccountError;
use crate::audit::AuditError;
use crate::console::Console;
use crate::texts::Told;
use crate::visitor::Visitor;

/// A page can't be shown. The guard puts it into the frame of the page.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) what: String,
    pub(crate) why: String,
    pub(crate) next: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, what: &str, why: &str, next: &str) -> Problem {
        Problem {
            status,
            code: code.into(),
            what: what.to_owned(),
            why: why.to_owned(),
            next: next.to_owned(),
        }
    }

    pub(crate) fn not_found() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "PERM-4040",
            "没有这个页面",
            "地址有误，或内容不在本站点的范围内。",
            "请从左侧菜单重新进入。",
        )
    }

    pub(crate) fn forbidden() -> Problem {
        Problem::new(
            StatusCode::FORBIDDEN,
            "PERM-4030",
            "您的账号不能使用这个功能",
            "账号的角色里没有这项权限。",
            "确需使用，请联系本单位安全管理员调整角色。",
        )
    }

    pub(crate) fn signed_out() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "AUTH-4010",
            "登录已失效，内容没有保存",
            "离开时间较长，或已在别处退出。",
            "请重新登录后再提交一次。",
        )
    }

    pub(crate) fn not_enrolled() -> Problem {
        Problem::new(
            StatusCode::FORBIDDEN,
            "AUTH-4034",
            "请先设置动态码",
            "安全管理员要求您的角色登录时使用动态码，设置好以前不能办理其他事项。",
            "请到“我的账号”按步骤设置，然后再办理。",
        )
    }

    pub(crate) fn forged() -> Problem {
        Problem::new(
            StatusCode::FORBIDDEN,
            "AUTH-4031",
            "这次提交没有被接受",
            "表单不是本站点刚才给出的，或登录后已换过会话。",
            "请返回上一页刷新后重新提交。",
        )
    }

    pub(crate) fn bad_request(why: &str) -> Problem {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "PERM-4000",
            "提交的内容读不出来",
            why,
            "请返回上一页重新填写。",
        )
    }

    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Problem {
        tracing::error!(%error, "a page could not be made");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "DB-5000",
            "这一页没有做出来",
            "本机出了故障，详情已记入本机日志。",
            "请再试一次；仍不行时把编号告诉系统管理员。",
        )
    }

    /// A step that the platform refused.
    pub(crate) fn of_trouble(trouble: &Trouble, visitor: &Visitor, console: &Console) -> Problem {
        let Told { what, why, next, code, detail } = Told::of(trouble, visitor.language, console.now());
        let code = if code.is_empty() { "SYNC-4090".to_owned() } else { code };
        let code = if detail.is_empty() { code } else { format!("{code} · {detail}") };
        Problem { status: StatusCode::CONFLICT, code: code.into(), what, why, next }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Problem {
        match error {
            AccountError::Database(_) | AccountError::Open(_) | AccountError::Damaged(_) => {
                Problem::internal(&error)
            }
            AccountError::NoAccount => Problem::not_found(),
            refused => Problem::bad_request(&refused.to_string()),
        }
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Problem {
        Problem::internal(&error)
    }
}

impl From<BureauError> for Problem {
    fn from(error: BureauError) -> Problem {
        match error {
            BureauError::NotFound { .. } | BureauError::UnknownUnit(_) => Problem::not_found(),
            refused if refused.is_refusal() => Problem::bad_request(&refused.to_string()),
            failed => Problem::internal(&failed),
        }
    }
}

impl IntoResponse for Problem {
    /// Only the status; the guard makes the page from the problem itself.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
