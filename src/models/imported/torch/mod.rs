//! State dicts of PyTorch whose names and shapes are those of a stack that is known. Nothing in a file is executed: it
//! is read for its tensors alone.

mod known;
mod own;
mod sequence;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use candle_core::safetensors::load_buffer;
use candle_core::{Device, Tensor};

use self::known::KnownStack;
use self::own::OwnModel;
use self::sequence::{LayerPlan, NetworkPlan, Sequence};
use super::network::{Network, Recognised};
use super::shapes::PictureShape;
use crate::config::{CodeOutput, DecoderConfig, EncoderConfig, ModelConfig, Spread, ValueRange};
use crate::error::{Error, Result, without_backtrace};
use crate::memory;
use crate::models::torch_file;

/// No state dict of a model of pictures is larger.
const MOST_BYTES: u64 = 8 << 30;
/// Copies of the tensors in memory while a file is opened.
const COPIES: u64 = 3;
/// Names in names (as in `module.generator.`) behind which a stack is looked for.
const MOST_PREFIXES: usize = 3;
/// Dicts of a file that are read in search of one, each of which has the file read anew.
const MOST_DICTS: usize = 32;
/// Tensors that a refusal lists.
const LISTED: usize = 12;
/// Words of names whose tensors are looked at first, and last.
const FIRST: [&str; 2] = ["ema", "average"];
const LAST: [&str; 4] = ["disc", "netd", "optim", "critic"];

/// A state dict of a stack that is known.
pub struct TorchFile {
    stack: Stack,
    tensors: HashMap<String, Tensor>,
    /// Where it lies in the file, as in `ema.generator`.
    place: String,
}

enum Stack {
    Known(Box<KnownStack>),
    Own(Box<ModelConfig>),
}

impl TorchFile {
    /// Reads a file of `torch.save` or of safetensors.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged or too large, or whose tensors are those of no stack that is known; with
    /// what was found and the way through ONNX.
    pub fn read(path: &Path) -> Result<Self> {
        let about = std::fs::metadata(path).map_err(Error::io("read", path))?;
        if !about.is_file() || about.len() > MOST_BYTES {
            return Err(Error::file(path, "this is no file of a model that can be opened"));
        }
        let needs = about.len().saturating_mul(COPIES);
        memory::require(needs, "it").map_err(|error| Error::file(path, error.to_string()))?;
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(Error::io("read", path))?;
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
        let of_file = |error: Error| Error::file(path, error.to_string());
        // Dicts of the file, the likeliest first; each is read when those before it were none.
        let mut order = vec![None];
        if torch_file::is_torch_file(&bytes) {
            let mut names = Vec::new();
            let listed = torch_file::chosen(&bytes, &mut |dicts| {
                names = dicts.to_vec();
                None
            });
            match listed {
                Err(error) if names.is_empty() => return Err(of_file(error)),
                _ => (),
            }
            order = (0..names.len()).map(Some).collect();
            order.sort_by_key(|at| at.map(|at| rank(&names[at])));
            order.truncate(MOST_DICTS);
        }
        let mut dicts: Vec<(String, HashMap<String, Tensor>)> = Vec::new();
        for at in order {
            let (name, tensors) = match at {
                Some(at) => torch_file::chosen(&bytes, &mut |_| Some(at)).map_err(of_file)?,
                None => (String::new(), load_buffer(&bytes, &Device::Cpu).map_err(|_| damaged(path))?),
            };
            if let Some(found) = found_in(&name, &tensors, path)? {
                return Ok(found);
            }
            dicts.push((name, tensors));
        }
        Err(Error::file(path, unknown(&dicts)))
    }

    /// The reading of the file, and where it comes from.
    pub fn recognised(&self, path: &Path) -> Recognised {
        let (latent_dim, picture, range, heads, has_decoder, name) = match &self.stack {
            Stack::Known(stack) => (
                stack.latent_dim,
                stack.picture,
                stack.range,
                stack.encoder.as_ref().map_or(0, |encoder| encoder.heads.len()),
                stack.decoder.is_some(),
                stack.name,
            ),
            Stack::Own(config) => {
                let heads = match (config.kind.has_encoder(), config.kind.is_variational()) {
                    (false, _) => 0,
                    (true, variational) => 1 + usize::from(variational),
                };
                let side = config.image_size;
                let layout = crate::config::PictureLayout::ChannelsFirst;
                let picture = PictureShape { width: side, height: side, channels: config.channels, layout };
                (config.latent_dim, picture, ValueRange::Unit, heads, true, "an export of this program")
            }
        };
        let code = match heads {
            2.. => {
                CodeOutput::Gaussian { mu: "mu".into(), spread: "log_var".into(), kind: Spread::LogVariance }
            }
            _ => CodeOutput::Code("code".into()),
        };
        let encoder = (heads > 0).then(|| EncoderConfig {
            file: path.to_owned(),
            input: "picture".into(),
            range,
            code,
            extra: Vec::new(),
        });
        let decoder = has_decoder.then(|| DecoderConfig {
            file: path.to_owned(),
            input: "code".into(),
            code_shape: vec![latent_dim],
            output: "picture".into(),
            range,
            extra: Vec::new(),
        });
        let place = if self.place.is_empty() { String::new() } else { format!(" (under {})", self.place) };
        let notes = vec![
            format!("Its tensors{place} are those of {name}."),
            format!("Codes of {latent_dim} numbers, pictures of {picture} in {}.", range.label()),
        ];
        Recognised { config: picture.config(encoder, decoder), notes }
    }

    /// Encoder and decoder.
    ///
    /// # Errors
    /// Tensors that do not fit.
    pub fn networks(&self) -> Result<[Option<Box<dyn Network>>; 2]> {
        let known = |plan: &NetworkPlan| -> Result<Box<dyn Network>> {
            Ok(Box::new(Sequence::new(plan, &self.tensors)?))
        };
        match &self.stack {
            Stack::Known(stack) => Ok([
                stack.encoder.as_ref().map(known).transpose()?,
                stack.decoder.as_ref().map(known).transpose()?,
            ]),
            Stack::Own(config) => {
                let model = Arc::new(OwnModel::new(config, &self.tensors)?);
                let encoder = config.kind.has_encoder().then(|| model.encoder());
                Ok([encoder, Some(model.decoder())])
            }
        }
    }

    /// Rows of the decoder's first layer, each as long as a code; none where it begins otherwise.
    ///
    /// # Errors
    /// Never, but for a memory that is full.
    pub fn first_layer(&self) -> Result<Option<Vec<f32>>> {
        let (name, latent_dim) = match &self.stack {
            Stack::Known(stack) => {
                let layers = stack.decoder.iter().flat_map(|decoder| &decoder.trunk);
                let Some(name) = layers.filter_map(LayerPlan::name).next() else { return Ok(None) };
                (name.to_owned(), stack.latent_dim)
            }
            Stack::Own(config) => (own::first_layer(config).to_owned(), config.latent_dim),
        };
        let Some(weight) = self.tensors.get(&format!("{name}.weight")) else { return Ok(None) };
        let rows = match weight.dims() {
            [_, from] if *from == latent_dim => weight.clone(),
            [from, _, _, _] if *from == latent_dim => weight.flatten_from(1)?.t()?,
            _ => return Ok(None),
        };
        Ok(Some(rows.flatten_all()?.to_vec1()?))
    }
}

fn damaged(path: &Path) -> Error {
    Error::file(path, "this is no file of tensors, or it is damaged")
}

/// The stack in a dict, or behind names in its names.
fn found_in(name: &str, tensors: &HashMap<String, Tensor>, path: &Path) -> Result<Option<TorchFile>> {
    let float = |tensor: &Tensor| tensor.to_dtype(candle_core::DType::F32);
    let mut floats = HashMap::new();
    for (name, tensor) in tensors.iter().filter(|(_, tensor)| tensor.dtype().is_float()) {
        floats.insert(name.clone(), float(tensor)?);
    }
    let mut level = vec![(name.to_owned(), floats)];
    for _ in 0..=MOST_PREFIXES {
        let mut next = Vec::new();
        for (place, tensors) in level {
            let unfit = |error: candle_core::Error| {
                Error::file(
                    path,
                    format!("its tensors are not as they should be: {}", without_backtrace(&error)),
                )
            };
            if let Some(config) = own::recognise(&tensors) {
                return Ok(Some(TorchFile { stack: Stack::Own(Box::new(config)), tensors, place }));
            }
            if let Some(stack) = known::recognise(&tensors).map_err(unfit)? {
                return Ok(Some(TorchFile { stack: Stack::Known(Box::new(stack)), tensors, place }));
            }
            let mut behind: BTreeMap<&str, HashMap<String, Tensor>> = BTreeMap::new();
            for (name, tensor) in &tensors {
                if let Some((prefix, rest)) = name.split_once('.') {
                    behind.entry(prefix).or_default().insert(rest.to_owned(), tensor.clone());
                }
            }
            let dot = if place.is_empty() { "" } else { "." };
            next.extend(behind.into_iter().map(|(prefix, inner)| (format!("{place}{dot}{prefix}"), inner)));
        }
        next.sort_by_key(|(place, _)| rank(place));
        level = next;
    }
    Ok(None)
}

/// Running means of weights come first, discriminators last.
fn rank(name: &str) -> usize {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match (has(&FIRST), has(&LAST)) {
        (_, true) => 2,
        (true, false) => 0,
        (false, false) => 1,
    }
}

/// Sentence about a file of no stack that is known, with the way through ONNX.
fn unknown(dicts: &[(String, HashMap<String, Tensor>)]) -> String {
    let tensors = dicts.iter().flat_map(|(_, tensors)| tensors).filter(|(_, tensor)| tensor.rank() > 0);
    let mut all: Vec<(&str, &[usize])> =
        tensors.map(|(name, tensor)| (name.as_str(), tensor.dims())).collect();
    all.sort_unstable();
    let listed = all.iter().take(LISTED).map(|(name, sides)| {
        let sides: Vec<String> = sides.iter().map(usize::to_string).collect();
        format!("{} {}", name.escape_debug(), sides.join("×"))
    });
    let listed: Vec<String> = listed.collect();
    let more = match all.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "its tensors are those of no network that is known here ({}{more}). Export the network itself, in Python: \
         decoder.eval(); torch.onnx.export(decoder, (torch.randn(1, latent_dim),), \"decoder.onnx\", dynamo=True); then \
         open decoder.onnx",
        listed.join(", ")
    )
}
