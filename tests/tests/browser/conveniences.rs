//! What the script adds to pages, and what they do without it (UX: "Without JS, and what JS adds").

use serde_json::{Value, json};

use crate::browser::{Browser, Script};
use crate::driver::Driver;
use crate::offices::{Office, PASSWORD, Person};
use crate::world::{COUNTY, DIRECT, PREFECTURE, SECOND_COUNTY, Site, World, until};

const CLERK: [Person; 1] = [("luo", "罗雨桐", "clerk")];

/// The codes of the units whose box 主送 is ticked.
fn ticked(browser: &Browser) -> Value {
    browser.ask("return Array.from(document.querySelectorAll('input[name=to]:checked'), box => box.value)")
}

/// A box 及所辖: whether it is ticked, and whether it shows that only some are.
fn tree(browser: &Browser, code: &str) -> Value {
    browser.ask(&format!(
        "const box = document.querySelector('input[name=tree][value=\"{code}\"]');
         return [box.checked, box.indeterminate]"
    ))
}

#[test]
fn who_is_unticked_below_a_ticked_unit_is_no_recipient() {
    let Some(driver) = Driver::start() else { return };
    let (world, _node, _county, _second) = World::with_consoles().and_three_tiers();
    Office::begin(&driver, &world.central).has(&CLERK);
    for script in Script::BOTH {
        let luo = driver.browser(script);
        luo.sign_in(&world.central, "luo", PASSWORD);
        luo.visit(&world.central, "/documents/new");
        luo.fill("标题", &format!("关于座谈会的通知（{script:?}）"));
        luo.tick("及所辖 松岭州委老干部局");
        if script == Script::On {
            assert_eq!(ticked(&luo), json!([PREFECTURE, COUNTY, SECOND_COUNTY]));
            assert_eq!(tree(&luo, PREFECTURE), json!([true, false]));
            luo.sees("已选主送 3");
        } else {
            // The server makes all of them of it.
            luo.press("保存草稿");
            assert_eq!(ticked(&luo), json!([PREFECTURE, COUNTY, SECOND_COUNTY]));
        }
        luo.tick("主送 青石县委老干部局");
        if script == Script::On {
            assert_eq!(tree(&luo, PREFECTURE), json!([false, true]), "some, not all");
            luo.sees("已选主送 2");
        }
        luo.press("保存草稿");
        assert_eq!(
            ticked(&luo),
            json!([PREFECTURE, SECOND_COUNTY]),
            "{script:?}: what is kept is what was ticked"
        );
        let draft = luo.url();
        luo.press("版式预览");
        luo.sees("松岭州委老干部局");
        luo.sees("白桦县委老干部局");
        luo.sees_no("青石县委老干部局");
        luo.go(&draft);
        luo.tick("主送 青石县委老干部局");
        luo.press("保存草稿");
        assert_eq!(ticked(&luo), json!([PREFECTURE, COUNTY, SECOND_COUNTY]));
        if script == Script::On {
            assert_eq!(tree(&luo, PREFECTURE), json!([true, false]), "all again");
        }
    }
}

/// Presses a key with the script's own eyes; tells whether the browser's own answer to it was prevented.
fn key(browser: &Browser, key: &str, with_control: bool) -> bool {
    let press = format!(
        "return !document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
             {{ key: '{key}', ctrlKey: {with_control}, bubbles: true, cancelable: true }}))"
    );
    browser.ask(&press) == true
}

/// Whether there is a button with these words.
fn has_button(browser: &Browser, words: &str) -> bool {
    browser.ask(&format!(
        "return Array.from(document.querySelectorAll('button'), b => b.textContent.trim()).includes('{words}')"
    )) == true
}

/// Whether the page is the one that was marked, never loaded anew.
fn stays(browser: &Browser) -> bool {
    browser.ask("return window.isMarked === true") == true
}

fn mark(browser: &Browser) {
    browser.ask("window.isMarked = true");
}

/// The rows of the table in UX.md, each without script and with it.
#[test]
fn each_convenience_is_there_with_script_and_the_work_goes_on_without() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    let (direct, city) = (world.join("terminal", DIRECT), &world.central);
    Office::begin(&driver, city).has(&CLERK);
    let people = world.file("people.csv", "单位代码,编号,姓名,离退休类别\n990000,1001,赵明德,退休\n");
    city.run(&["people", "import", &people]);
    for script in Script::BOTH {
        let luo = driver.browser(script);
        luo.sign_in(city, "luo", PASSWORD);
        finds_with_a_slash(&luo, city);
        filters(&luo, city);
        chooses_a_day(&luo, city);
        keeps_a_draft(&luo, city);
        uploads(&luo, city, &world);
        hides_what_was_shown(&luo, city);
        watches_receipts(&luo, city, &direct, &world);
        prints(&luo, city);
        copies_a_link(&driver.browser(script), city);
    }
}

fn finds_with_a_slash(luo: &Browser, city: &Site) {
    luo.visit(city, "/documents");
    assert_eq!(key(luo, "/", false), luo.script == Script::On);
    let focused = luo.ask("return document.activeElement.name || ''");
    assert_eq!(focused, if luo.script == Script::On { "q" } else { "" });
    luo.ask("document.querySelector('details.menu').open = true");
    key(luo, "Escape", false);
    let is_open = luo.ask("return document.querySelector('details.menu').open");
    assert_eq!(is_open, luo.script == Script::Off);
}

fn filters(luo: &Browser, city: &Site) {
    luo.visit(city, "/people");
    luo.tick("own");
    if luo.script == Script::Off {
        luo.press("筛选");
    }
    luo.waits("the filter works", || luo.url().contains("own=1"));
    luo.sees("赵明德");
}

fn chooses_a_day(luo: &Browser, city: &Site) {
    luo.visit(city, "/people/new");
    luo.fill("出生日期", "1940年2月28日");
    let has_picker = luo.ask("return document.querySelectorAll('.date-b').length > 0");
    assert_eq!(has_picker, luo.script == Script::On);
    if luo.script == Script::Off {
        return;
    }
    luo.click_at("//button[@aria-label='选择日期 出生日期']");
    luo.sees("1940年2月");
    let focused = || luo.ask("return document.activeElement.getAttribute('aria-label')");
    assert_eq!(focused(), "1940年2月28日");
    for (pressed, day) in
        [("ArrowRight", "1940年2月29日"), ("ArrowDown", "1940年3月7日"), ("PageUp", "1940年2月7日")]
    {
        assert!(key(luo, pressed, false));
        assert_eq!(focused(), day, "after {pressed}");
    }
    luo.ask("document.activeElement.click()");
    assert_eq!(luo.value("出生日期"), "1940年2月7日");
    assert_eq!(focused(), "选择日期 出生日期", "the focus is where it was");
    luo.ask("document.activeElement.click()");
    assert!(key(luo, "Escape", false));
    assert_eq!(luo.ask("return document.querySelectorAll('.date-p').length"), 0);
}

fn keeps_a_draft(luo: &Browser, city: &Site) {
    luo.visit(city, "/documents/new");
    luo.fill("标题", "关于体检的通知");
    if luo.script == Script::Off {
        assert!(!key(luo, "s", true));
        luo.press("保存草稿");
        return assert_eq!(luo.value("标题"), "关于体检的通知");
    }
    mark(luo);
    luo.ask("document.querySelector('form[data-autosave]').setAttribute('data-autosave', '1')");
    luo.sees("已自动保存");
    assert!(luo.url().contains("/documents/drafts/"), "{}", luo.url());
    luo.ask("document.querySelector('form[data-autosave]').setAttribute('data-autosave', '30')");
    let draft = luo.url();
    luo.fill("标题", "关于体检和疗养的通知");
    assert!(key(luo, "s", true), "the browser's own saving is prevented");
    luo.waits("it is kept", || {
        luo.ask_later(&format!(
            "const done = arguments[0]; fetch('{draft}').then(a => a.text()).then(t => done(t.includes('疗养')))"
        )) == true
    });
    luo.ask("window.fetched = window.fetch; window.fetch = () => Promise.reject(new TypeError('cut'))");
    luo.fill("标题", "没有网络");
    key(luo, "s", true);
    luo.sees("没有保存：连不上本站点");
    luo.ask("window.fetch = () => Promise.resolve(new Response('', { status: 401 }))");
    key(luo, "s", true);
    luo.sees("没有保存：登录已失效");
    luo.ask("window.fetch = window.fetched");
    key(luo, "s", true);
    luo.sees("已自动保存");
    assert!(stays(luo) && luo.url() == draft, "one draft, one page");
}

fn uploads(luo: &Browser, city: &Site, world: &World) {
    luo.visit(city, "/documents/new");
    luo.fill("标题", "关于附件的通知");
    luo.press("保存草稿");
    let draft = luo.url();
    let file = world.file("附件一.txt", "雁".repeat(1_000));
    if luo.script == Script::On {
        // The first piece is lost on its way; what is lost goes on by itself.
        luo.ask(
            "const fetched = window.fetch; let lost = false;
             window.fetch = (address, asked) => {
                 if (asked && !lost) { lost = true; return Promise.reject(new TypeError('cut')); }
                 return fetched(address, asked);
             }",
        );
    }
    luo.choose_file("up", &file);
    match luo.script {
        Script::On => luo.sees("已上传"),
        Script::Off => luo.press("上传"),
    }
    luo.go(&draft);
    luo.sees("附件一.txt");
    if luo.script == Script::On {
        luo.ask("window.fetched = window.fetch; window.fetch = (to, asked) => {
             window.cancelled = window.cancelled || String(to).endsWith('/files/cancel');
             return asked && !window.cancelled ? Promise.reject(new TypeError('cut')) : window.fetched(to, asked);
         }");
        let second = world.file("附件二.txt", "阵");
        luo.choose_file("up", &second);
        luo.sees("连接中断");
        luo.click_at("//ul[@data-uploads]//button");
        assert_eq!(luo.ask("return window.cancelled"), true);
        luo.sees_no("附件二.txt");
    }
}

fn hides_what_was_shown(luo: &Browser, city: &Site) {
    luo.visit(city, "/people");
    luo.press("赵明德");
    let person = luo.url();
    luo.go(&format!("{person}/private/edit"));
    // What is kept already opens for a reason only.
    if luo.url().ends_with("/edit") {
        luo.fill("phone", "13812342046");
        luo.press("保存");
    }
    luo.go(&format!("{person}/private"));
    luo.sees_no("13812342046");
    luo.fill("reason", "走访联系");
    luo.click_at("//form[contains(@action, '/private')]//button");
    luo.sees("13812342046");
    if luo.script == Script::On {
        luo.ask("document.querySelector('[data-hide-after]').setAttribute('data-hide-after', '1')");
        luo.sees("已遮盖");
    } else {
        luo.go(&luo.url());
    }
    luo.sees_no("13812342046");
}

fn watches_receipts(luo: &Browser, city: &Site, direct: &Site, world: &World) {
    let body = world.file("body.md", "请办理。");
    let issued = city.json(&["publish", "--title", "关于走访的通知", "--body", &body, "--to", DIRECT]);
    let id = issued["id"].as_str().unwrap();
    until("it is delivered", || city.json(&["receipts", id])["delivered"] == 1);
    luo.visit(city, &format!("/documents/{id}"));
    mark(luo);
    direct.run(&["sign", id]);
    let stage = || luo.ask("return document.querySelector('[data-live^=stage-]').innerText");
    match luo.script {
        Script::On => luo.waits("the receipt comes by itself", || stage() == "签收" && stays(luo)),
        Script::Off => luo.waits("the receipt is there on the next load", || {
            luo.go(&luo.url());
            stage() == "签收"
        }),
    }
}

fn prints(luo: &Browser, city: &Site) {
    let pages = [
        "/people",
        "/orgs",
        "/inbox",
        "/documents",
        "/documents/archive",
        "/transfers",
        "/sites",
        "/reports",
    ];
    for page in pages {
        luo.visit(city, page);
        assert_eq!(has_button(luo, "打印"), luo.script == Script::On, "{page}");
    }
}

fn copies_a_link(chen: &Browser, city: &Site) {
    chen.sign_in(city, "system", PASSWORD);
    chen.visit(city, "/accounts");
    chen.fill("login", &format!("he{:?}", chen.script).to_lowercase());
    chen.fill("name", "何静");
    chen.press("开立账号");
    assert_eq!(has_button(chen, "复制"), chen.script == Script::On);
    if chen.script == Script::On {
        chen.ask(
            "navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); }",
        );
        chen.click_at("//button[normalize-space(.)='复制']");
        chen.sees("已复制");
        let copied = chen.ask("return window.copied");
        assert!(copied.as_str().unwrap().starts_with(&city.page("/set-up/")), "the whole address: {copied}");
    }
}

/// As the printer gets it: what holds for print holds on the screen.
const AS_PRINTED: &str =
    "Array.from(document.querySelectorAll('link[media=print]')).forEach(l => { l.media = 'all'; });
    Array.from(document.styleSheets).forEach(sheet => Array.from(sheet.cssRules).forEach(rule => {
        if (rule.media && rule.media.mediaText === 'print') { rule.media.mediaText = 'all'; }
    }));";

#[test]
fn a_printed_list_has_no_frame_around_it_and_its_head_on_each_sheet() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    let city = &world.central;
    Office::begin(&driver, city).has(&CLERK);
    let people = world.file("people.csv", "单位代码,编号,姓名,离退休类别\n990000,1001,赵明德,退休\n");
    city.run(&["people", "import", &people]);
    let luo = driver.browser(Script::On);
    luo.sign_in(city, "luo", PASSWORD);
    luo.visit(city, "/people");
    let shown = |selector: &str| {
        luo.ask(&format!(
            "const e = document.querySelector('{selector}'); return e ? getComputedStyle(e).display : 'absent'"
        ))
    };
    let frame = [".top", ".side", ".page-head .acts", ".filters", ".foot"];
    for part in frame {
        assert!(!["none", "absent"].contains(&shown(part).as_str().unwrap()), "{part} is on the screen");
    }
    luo.ask(AS_PRINTED);
    for part in frame {
        assert_eq!(shown(part), "none", "{part} is not printed");
    }
    assert_eq!(shown(".tbl thead"), "table-header-group", "the head comes again on each sheet");
    luo.sees("赵明德");
    let wide = "return Array.from(document.styleSheets).some(s => Array.from(s.cssRules).some(
        r => r.type === CSSRule.PAGE_RULE && r.cssText.includes('landscape')))";
    assert_eq!(luo.ask(wide), true, "a wide table lies across the sheet");
}
