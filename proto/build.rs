//! Makes the Rust types and service stubs from the .proto files; needs no protoc.

use std::path::PathBuf;

const FILES: [&str; 8] = [
    "yanzhen/v1/sync.proto",
    "yanzhen/v1/joining.proto",
    "yanzhen/v1/records.proto",
    "yanzhen/v1/documents.proto",
    "yanzhen/v1/transfer.proto",
    "yanzhen/v1/people.proto",
    "yanzhen/v1/oversight.proto",
    "yanzhen/v1/administration.proto",
];

/// Messages of this file are also printed as JSON by the programs' `--json`.
const PRINTED: &str = "yanzhen/v1/administration.proto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=yanzhen");
    let descriptors = protox::compile(FILES, ["."])?;
    let mut config = tonic_prost_build::configure().bytes(".");
    for file in descriptors.file.iter().filter(|file| file.name() == PRINTED) {
        for name in file.message_type.iter().map(|m| m.name()).chain(file.enum_type.iter().map(|e| e.name()))
        {
            config = config.type_attribute(format!(".yanzhen.v1.{name}"), "#[derive(serde::Serialize)]");
        }
    }
    // In the order of their names, so that the same is printed each time.
    config = config.btree_map(".");
    config = config.field_attribute(".yanzhen.v1.ImportProgress.refused_file", "#[serde(skip)]");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let descriptor_set = prost_encode(&descriptors);
    std::fs::write(out.join("yanzhen.v1.descriptors"), descriptor_set)?;
    config.compile_fds(descriptors)?;
    Ok(())
}

fn prost_encode(message: &impl prost::Message) -> Vec<u8> {
    message.encode_to_vec()
}
