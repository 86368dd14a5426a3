//! The support bundle: what whoever looks after the program needs to see, without names of people, passwords, tokens
//! and keys. Only what is listed here goes in; nothing is copied out of the data folder.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use yanzhen_proto::v1::StatusReply;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{doctor, status};
use crate::failure::Failure;
use crate::runtime::Site;

const ABOUT: &str = "\
雁阵诊断包：检查结果、同步状态、设置和版本。不含姓名等老同志信息，不含口令、邀请码、密钥。
Yanzhen support bundle: checks, state of the lines, settings, versions. No data of people, passwords, tokens or keys.
The log is not kept by the program: it went to its standard error.\r\n";

/// Makes the bundle, a .zip.
pub async fn support_bundle(site: &Site) -> Result<Vec<u8>, Failure> {
    let checks = doctor::doctor(site).await?;
    let status = status::status(site).await?;
    let files = [
        ("about.txt", ABOUT.to_owned()),
        ("versions.json", pretty(&versions(site, &status))),
        ("settings.json", pretty(&settings(site))),
        ("doctor.json", pretty(&json!(checks))),
        ("status.json", pretty(&json!(status))),
    ];
    packed(&files).map_err(|error| Failure::failed("the support bundle can't be made").why(error))
}

fn versions(site: &Site, status: &StatusReply) -> Value {
    let neighbours: Vec<_> =
        status.links.iter().map(|link| json!({ "side": link.side, "software": link.software })).collect();
    json!({
        "software": site.program.software(),
        "system": std::env::consts::OS,
        "machine": std::env::consts::ARCH,
        "neighbours": neighbours,
    })
}

/// The settings that can't be a secret, by name; paths tell nothing but where.
fn settings(site: &Site) -> Value {
    let settings = &site.settings;
    json!({
        "listen": settings.listen.map(|listen| listen.to_string()),
        "advertise": settings.advertise.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "log_filter": settings.log.filter.as_str(),
        "log_format": settings.log.format.to_string(),
        "pulse_seconds": settings.pulse.as_secs(),
        "beat_seconds": settings.beat.as_secs(),
        "console_listen": settings.console.listen.to_string(),
        "console_names": settings.console.names,
        "console_certificate_supplied": settings.console.certificate.is_some(),
    })
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn packed(files: &[(&str, String)]) -> Result<Vec<u8>, std::io::Error> {
    // Some kilobytes: packing them tighter saves nothing.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}
