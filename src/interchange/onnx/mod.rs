//! Models as ONNX, a file for the decoder and one for the encoder. Fields are numbered as in
//! <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.

mod graph;
mod protobuf;

use std::path::{Path, PathBuf};

use graph::{Graph, Value};
use protobuf::Message;

use super::about;
use super::weights;
use super::with_part;
use crate::about::version::NUMBER;
use crate::atomic_file::{FileKind, FilesTogether};
use crate::error::{Error, Result};
use crate::models::blueprint::Blueprint;
use crate::report::readable_size;
use crate::run::checkpoint::{Checkpoint, Meta};

/// Version of the format that came with the operators.
const IR_VERSION: i64 = 7;
/// Version of the operators: the first with all that is needed here in the form that later ones kept.
const OPSET: i64 = 13;
/// Protocol Buffers count the bytes of a message in 31 bits.
const MOST_BYTES: usize = i32::MAX as usize;

/// Writes the decoder of a model, and the encoder if it has one: for `model.onnx` into `model.decoder.onnx` and
/// `model.encoder.onnx`. Returns these.
///
/// * The decoder's input is `z`, its output `image`. The encoder's input is `image`, its output `z`, or `mu` and
///   `log_var` of a variational model.
/// * Images are (n, 3, size, size) in [0, 1], codes (n, latent_dim), for any n.
///
/// * `origin`: the checkpoint, for messages
///
/// # Errors
/// Tensors that do not fit the model; one that is larger than the format holds; something else in the place of a
/// file; what the system says. Nothing is written unless both can be.
pub fn write_onnx(checkpoint: &Checkpoint, origin: &Path, file: &Path) -> Result<Vec<PathBuf>> {
    let Checkpoint { meta, weights, .. } = checkpoint;
    let config = &meta.config.model;
    let Blueprint { encoder, decoder } = Blueprint::of(config);
    let (image, z) = (
        Value {
            name: "image",
            sides: vec![3, config.image_size, config.image_size],
            about: about::images(config),
        },
        Value { name: "z", sides: vec![config.latent_dim], about: about::codes(config) },
    );
    let mut models = Vec::new();
    let mut graph = Graph::new(weights::of_layers(&decoder, weights, origin)?);
    graph.chain(&decoder, "z", "image");
    let doc = format!("From codes to pictures. {}", about::draws(meta));
    models.push(("decoder", model(meta, &doc, graph.finish("decoder", &[z], std::slice::from_ref(&image)))));
    if let Some(encoder) = &encoder {
        let layers = || encoder.features.iter().chain(encoder.heads.iter().flat_map(|(_, head)| head));
        let mut graph = Graph::new(weights::of_layers(layers(), weights, origin)?);
        graph.chain(&encoder.features, "image", FEATURES);
        let mut outputs = Vec::new();
        for (name, head) in &encoder.heads {
            graph.chain(head, FEATURES, name);
            outputs.push(Value { name, sides: vec![config.latent_dim], about: about::output(config, name) });
        }
        models.push((
            "encoder",
            model(meta, "From pictures to codes.", graph.finish("encoder", &[image], &outputs)),
        ));
    }
    let mut files = Vec::new();
    for (part, model) in &models {
        let file = with_part(file, part, "onnx");
        FileKind::of(&file, "such a model is", &[FileKind::Onnx])?;
        if model.len() > MOST_BYTES {
            let size = readable_size(model.len() as u64);
            return Err(Error::file(
                &file,
                format!(
                    "a file of ONNX holds at most 2 GiB, and this {part} has {size}; export it for PyTorch"
                ),
            ));
        }
        files.push(file);
    }
    let mut halves = FilesTogether::default();
    for (file, (_, model)) in files.iter().zip(&models) {
        halves.add(file, FileKind::Onnx, |out| model.write(out))?;
    }
    halves.keep()?;
    Ok(files)
}

/// Name of what the outputs of an encoder share.
const FEATURES: &str = "features";

/// `ModelProto` around a graph.
fn model(meta: &Meta, doc: &str, graph: Message) -> Message {
    let config = &meta.config.model;
    let grid = config.latent_grid.map(|side| ("latent_grid", side.to_string()));
    let facts = [
        ("kind", about::label(config).to_owned()),
        ("image_size", config.image_size.to_string()),
        ("latent_dim", config.latent_dim.to_string()),
        ("image_layout", "NCHW".into()),
        ("image_range", "[0, 1]".into()),
        ("image_channels", "RGB".into()),
    ];
    // `StringStringEntryProto`.
    let entries =
        facts.into_iter().chain(grid).map(|(key, value)| Message::default().text(1, key).text(2, &value));
    let operators = Message::default().text(1, "").integer(2, OPSET);
    let about = format!("{}. {doc} Images are {}.", about::title(config), about::images(config));
    Message::default()
        .integer(1, IR_VERSION)
        .text(2, "morphospace")
        .text(3, NUMBER)
        .text(6, &about)
        .message(7, graph)
        .message(8, operators)
        .messages(14, entries)
}
