//! 我的账号: where one is signed in, and the second step. Whoever is signed in sees their own and nobody else's.

mod browsers;
mod password;
mod second_step;

use crate::routes::{Access, Route};

pub(super) use browsers::Line;

const OWN: Access = Access::SignedIn;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/me", OWN, browsers::show),
        Route::post("/me/browsers/{id}/end", OWN, browsers::end),
        Route::post("/me/browsers/end-others", OWN, browsers::end_others),
        Route::get("/me/password", OWN, password::show),
        Route::post("/me/password", OWN, password::change),
        Route::get("/me/second-step", OWN, second_step::show),
        Route::get("/me/second-step/code.svg", OWN, second_step::qr),
        Route::post("/me/second-step/begin", OWN, second_step::begin),
        Route::post("/me/second-step/confirm", OWN, second_step::confirm),
        Route::post("/me/second-step/codes", OWN, second_step::codes),
        Route::post("/me/second-step/turn-off", OWN, second_step::turn_off),
    ]
}
