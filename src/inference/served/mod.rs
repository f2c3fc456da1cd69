//! Models behind an endpoint of the Open Inference Protocol, version 2: `KServe`, Triton, `MLServer` and others.
//!
//! Specification: <https://github.com/kserve/open-inference-protocol>. Numbers are raw bytes if the server
//! supports the binary extension, JSON otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::base::escape::address::hidden;
use crate::inference::error::GraphError;
use crate::inference::onnx_file::{OnnxInfo, ValueInfo};
use crate::inference::{Graph, Tensor};

mod client;
mod described;
pub mod error;
mod protocol;

use client::Client;
pub use client::Sending;
use error::ServerError;
use protocol::Metadata;

/// True if this is an endpoint, or the file that describes one, and not a built-in backend.
pub fn is_endpoint(id: &str) -> bool {
    id.starts_with("http://") || id.starts_with("https://") || described::is_description(id)
}

/// A model on a server.
pub(super) struct Remote {
    /// Inputs and outputs described by the server.
    pub info: OnnxInfo,
    /// Identity of the model without a file: its address and the server's description.
    pub identity: String,
    /// Graph that sends requests to the server.
    pub graph: Arc<dyn Graph>,
}

/// Finds a model behind an address: the one in the address, or the one named like the file.
pub(super) fn connect(url: &str, path: &Path, sending: Sending) -> Result<Remote, ServerError> {
    if described::is_description(url) {
        return described::connect(url, sending);
    }
    let (server, place) = if let Some((server, rest)) = url.split_once("/v2/models/") {
        (server, format!("/v2/models/{rest}"))
    } else {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = name.split('.').next().unwrap_or_default().to_owned();
        (url.trim_end_matches("/v2"), format!("/v2/models/{name}"))
    };
    let client = Client::new(server, sending);
    client.ready(&place)?;
    let text = client.get(&place)?;
    let metadata = protocol::metadata(&text)?;
    // The protocol has no fractions of 16 bits in JSON, so they are sent raw in any case.
    let raw_only = metadata.inputs.iter().any(|input| matches!(input.datatype.as_str(), "FP16" | "BF16"));
    let binary = raw_only || client.get("/v2").is_ok_and(|text| protocol::knows_binary(&text));
    let info = info_of(&metadata);
    let identity = format!("{}{place}\n{text}", hidden(server));
    Ok(Remote { info, identity, graph: Arc::new(Served { client, place, metadata, binary }) })
}

fn info_of(metadata: &Metadata) -> OnnxInfo {
    let value = |tensor: &protocol::TensorMetadata| ValueInfo {
        name: tensor.name.clone(),
        element: protocol::element(&tensor.datatype).to_owned(),
        shape: tensor.shape.iter().map(|side| u64::try_from(*side).ok().filter(|side| *side > 0)).collect(),
    };
    OnnxInfo {
        producer: metadata.platform.clone(),
        opset: 0,
        inputs: metadata.inputs.iter().map(value).collect(),
        outputs: metadata.outputs.iter().map(value).collect(),
        operators: BTreeMap::new(),
        parameters: 0,
        metadata: BTreeMap::new(),
        weight_files: BTreeSet::new(),
    }
}

struct Served {
    client: Client,
    place: String,
    metadata: Metadata,
    binary: bool,
}

impl Graph for Served {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError> {
        let typed = inputs.iter().map(|input| {
            let known = self.metadata.inputs.iter().find(|known| known.name == input.name);
            (input, known.map_or("FP32", |known| known.datatype.as_str()))
        });
        let (body, header) = protocol::request(&typed.collect::<Vec<_>>(), self.binary)?;
        let answer = self.client.infer(&format!("{}/infer", self.place), &body, header)?;
        let mut outputs = protocol::response(&answer.body, answer.header)?;
        // In the order of the metadata, as everywhere.
        let order = |name: &str| self.metadata.outputs.iter().position(|known| known.name == name);
        outputs.sort_by_key(|output| order(&output.name).unwrap_or(usize::MAX));
        if let Some(missing) =
            self.metadata.outputs.iter().find(|o| !outputs.iter().any(|out| out.name == o.name))
        {
            let given: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
            return Err(GraphError::from(ServerError::answer(format!(
                "the server declares the output {:?} but sent {}",
                missing.name,
                if given.is_empty() { "none".to_owned() } else { given.join(", ") }
            ))));
        }
        Ok(outputs)
    }
}
