//! The wire: the types and service stubs made from the .proto files beside this crate, and no logic.
//!
//! The files say what each message promises; a client in another language can be made from them alone.

/// Package `yanzhen.v1`.
#[allow(missing_docs, clippy::all, rustdoc::all)]
pub mod v1 {
    tonic::include_proto!("yanzhen.v1");
}

/// The encoded `google.protobuf.FileDescriptorSet` of all files.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/yanzhen.v1.descriptors"));
