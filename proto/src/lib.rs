//! The wire: the types and service stubs made from the .proto files beside this crate, with no logic but codes.
//!
//! The files say what each message promises; a client in another language can be made from them alone.

/// Package `yanzhen.v1`.
#[allow(missing_docs, clippy::all, rustdoc::all)]
pub mod v1 {
    tonic::include_proto!("yanzhen.v1");
}

impl v1::TroubleKind {
    /// The code under which people look a trouble up, such as `SYNC-3101`; empty for one without a name.
    pub fn code(self) -> String {
        let number = self as i32;
        let family = match number / 1_000 {
            2 => "JOIN",
            3 => "SYNC",
            4 => "NET",
            5 => "QUE",
            6 => "KEY",
            7 => "CLK",
            8 => "DB",
            9 => "DSK",
            _ => return String::new(),
        };
        format!("{family}-{number}")
    }
}

/// The encoded `google.protobuf.FileDescriptorSet` of all files.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/yanzhen.v1.descriptors"));
