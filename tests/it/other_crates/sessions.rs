//! A cookie session across origins, which needs `credentials`.

use super::account::{PAGES, app};
use super::rows::Says::{Denied, For, Nothing};
use super::rows::{APP, Ask, EVIL, ask, check, get, preflight};
use crate::support::serve;

#[test]
#[rustfmt::skip]
fn a_page_logs_in_across_origins_and_acts_as_the_user() {
    PAGES.replace([APP]).expect("an origin");
    let server = serve(app);
    check(server, &[
        (preflight("PUT", "/me").from(APP),     204, For(APP)),
        (preflight("PUT", "/me").from(EVIL),    403, Denied),
        (get("/me").from(APP),                  401, For(APP)),
        (get("/me").from(EVIL),                 401, Denied),
        (get("/me").from(APP).with("cookie", "id=forged"), 401, For(APP)),
        (ask("DELETE", "/login").from(APP),     404, Nothing),
        (ask("POST", "/login").from(EVIL),      403, Denied),
        (ask("POST", "/logout").from(EVIL),     401, Denied),
    ]);
    let welcome = ask("POST", "/login").json("ada").from(APP).send(server);
    let cookie = welcome.one("set-cookie").expect("a cookie");
    let cookie = cookie.split(';').next().expect("a first part").to_owned();
    let known = |ask: Ask| ask.with("cookie", &*cookie);
    check(server, &[
        (known(get("/me").from(APP)),                       200, For(APP)),
        (known(get("/me").from(EVIL)),                      200, Denied),
        (known(get("/me")),                                 200, Denied),
        (known(ask("PUT", "/me").json("\"bob\"").from(APP)), 204, For(APP)),
        (known(ask("PUT", "/me").json("bob").from(APP)),    400, For(APP)),
        (known(ask("POST", "/logout").from(EVIL)),          403, Denied),
        (known(ask("POST", "/logout").from(APP)),           204, For(APP)),
    ]);
    assert_eq!(known(get("/me").from(APP)).send(server).body, "ada");

    // Each response that the page may read allows credentials, and no other response does.
    let (preflight, refused) = (preflight("PUT", "/me"), get("/me"));
    let (rename, logout) = (ask("PUT", "/me").json("\"bob\""), ask("POST", "/logout"));
    for ask in [preflight, refused, known(get("/me")), known(rename.clone()), known(logout.clone())] {
        let credentials = |origin| ask.clone().from(origin).send(server);
        assert_eq!(credentials(APP).one("access-control-allow-credentials"), Some("true"), "{ask}");
        assert_eq!(credentials(EVIL).one("access-control-allow-credentials"), None, "{ask}");
    }
    // Cookies that are set and removed pass through the layer.
    assert!(known(rename).from(APP).send(server).one("set-cookie").is_some());
    let gone = known(logout).from(APP).send(server);
    assert!(gone.one("set-cookie").expect("a cookie").contains("Max-Age=0"));
}
