//! Files that `torch.save` wrote: a zip archive since PyTorch 1.6, before that pickles and raw storages
//! one after another, which is how the standard weights of the FID are kept.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use candle_core::{DType, Device, Tensor};

use super::pickle::{Id, Node, Pickle};
use crate::error::{Error, Result};

/// Beginning of a file of the older kind: the pickle of a magic number and that of the format's version, 1001.
const OLD: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
/// Pickles of tensors' names and shapes are far shorter.
const LONGEST_PICKLE: u64 = 64 << 20;

/// Whether `bytes` begin as a file of PyTorch does.
pub fn is_torch_file(bytes: &[u8]) -> bool {
    bytes.starts_with(OLD) || bytes.starts_with(b"PK\x03\x04")
}

/// The tensors of floats in a saved state dict, by name.
///
/// # Errors
/// A sentence without the file's name, if it holds no state dict, is damaged, or keeps a tensor otherwise
/// than row by row.
pub fn tensors(bytes: &[u8]) -> Result<HashMap<String, Tensor>> {
    if let Some(rest) = bytes.strip_prefix(OLD) {
        return old_tensors(rest);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let mut prefix = None;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| damaged())?;
        let name = entry.name().map_err(|_| damaged())?;
        prefix = prefix.or_else(|| name.strip_suffix("data.pkl").map(str::to_owned));
    }
    let prefix = prefix.ok_or_else(no_state_dict)?;
    let mut read = |name: String, most: u64| -> Result<Vec<u8>> {
        let entry = archive.by_name(&name).map_err(|_| damaged())?;
        let mut bytes = Vec::new();
        entry.take(most + 1).read_to_end(&mut bytes).map_err(|_| damaged())?;
        if bytes.len() as u64 > most { Err(damaged()) } else { Ok(bytes) }
    };
    let pickled = read(format!("{prefix}data.pkl"), LONGEST_PICKLE)?;
    let mut tensors = HashMap::new();
    for plan in plans(&Pickle::read(&mut &pickled[..])?)? {
        if let Some(dtype) = plan.float() {
            let storage = read(format!("{prefix}data/{}", plan.storage), plan.storage_bytes()? as u64)?;
            let tensor = plan.tensor(dtype, &storage)?;
            tensors.insert(plan.name, tensor);
        }
    }
    Ok(tensors)
}

fn old_tensors(mut rest: &[u8]) -> Result<HashMap<String, Tensor>> {
    // What the machine was like.
    Pickle::read(&mut rest)?;
    let plans = plans(&Pickle::read(&mut rest)?)?;
    let keys = Pickle::read(&mut rest)?;
    let keys = texts(&keys)?;
    let mut storages: HashMap<&str, &[u8]> = HashMap::new();
    for key in &keys {
        let plan = plans.iter().find(|plan| plan.storage == *key).ok_or_else(damaged)?;
        let (length, after) = rest.split_first_chunk().ok_or_else(damaged)?;
        if u64::from_le_bytes(*length) != plan.storage_len as u64 {
            return Err(damaged());
        }
        let (storage, after) = after.split_at_checked(plan.storage_bytes()?).ok_or_else(damaged)?;
        storages.insert(key, storage);
        rest = after;
    }
    let mut tensors = HashMap::new();
    for plan in &plans {
        if let Some(dtype) = plan.float() {
            let storage = storages.get(&*plan.storage).ok_or_else(damaged)?;
            tensors.insert(plan.name.clone(), plan.tensor(dtype, storage)?);
        }
    }
    Ok(tensors)
}

/// Where a tensor's numbers are.
struct TensorPlan {
    name: String,
    /// As in `FloatStorage`.
    kind: String,
    storage: String,
    /// Numbers in the storage.
    storage_len: usize,
    offset: usize,
    shape: Vec<usize>,
    stride: Vec<usize>,
}

impl TensorPlan {
    /// Of a tensor's entry in a state dict; `None` for an entry that is no tensor.
    fn new(pickle: &Pickle, name: &str, value: &Node) -> Option<Self> {
        let (function, arguments) = call(pickle, value)?;
        match function {
            // Of a parameter, its data comes first.
            "torch._utils._rebuild_parameter" => {
                return Self::new(pickle, name, pickle.node(*arguments.first()?));
            }
            "torch._utils._rebuild_tensor_v2" => {}
            _ => return None,
        }
        let [storage, offset, shape, stride, ..] = arguments else { return None };
        let Node::Persistent(storage) = pickle.node(*storage) else { return None };
        let Node::Tuple(storage) = pickle.node(*storage) else { return None };
        let [_, kind, key, _, len, ..] = &storage[..] else { return None };
        let (Node::Class(kind), Node::Text(key)) = (pickle.node(*kind), pickle.node(*key)) else {
            return None;
        };
        Some(TensorPlan {
            name: name.to_owned(),
            kind: kind.strip_prefix("torch.")?.to_owned(),
            storage: key.clone(),
            storage_len: size(pickle, *len)?,
            offset: size(pickle, *offset)?,
            shape: sizes(pickle, *shape)?,
            stride: sizes(pickle, *stride)?,
        })
    }

    fn float(&self) -> Option<DType> {
        match &*self.kind {
            "FloatStorage" => Some(DType::F32),
            "DoubleStorage" => Some(DType::F64),
            "HalfStorage" => Some(DType::F16),
            "BFloat16Storage" => Some(DType::BF16),
            _ => None,
        }
    }

    fn storage_bytes(&self) -> Result<usize> {
        let each = match &*self.kind {
            "DoubleStorage" | "LongStorage" => 8,
            "FloatStorage" | "IntStorage" => 4,
            "HalfStorage" | "BFloat16Storage" | "ShortStorage" => 2,
            "ByteStorage" | "CharStorage" | "BoolStorage" => 1,
            _ => return Err(damaged()),
        };
        self.storage_len.checked_mul(each).ok_or_else(damaged)
    }

    fn tensor(&self, dtype: DType, storage: &[u8]) -> Result<Tensor> {
        let mut count = 1usize;
        for (length, stride) in self.shape.iter().zip(&self.stride).rev() {
            if *length != 1 && *stride != count {
                let name = &self.name;
                return Err(Error::Invalid(format!(
                    "the tensor '{name}' in it is not kept row by row; save it anew after .contiguous()"
                )));
            }
            count = count.checked_mul(*length).ok_or_else(damaged)?;
        }
        let each = dtype.size_in_bytes();
        let from = self.offset.checked_mul(each).ok_or_else(damaged)?;
        let to = count.checked_mul(each).and_then(|bytes| bytes.checked_add(from)).ok_or_else(damaged)?;
        let bytes = storage.get(from..to).ok_or_else(damaged)?;
        Ok(Tensor::from_raw_buffer(bytes, dtype, &self.shape, &Device::Cpu)?)
    }
}

/// The tensors of a state dict, which may lie in a dict under the name `state_dict`.
fn plans(pickle: &Pickle) -> Result<Vec<TensorPlan>> {
    let Node::Dict(outer) = pickle.root() else { return Err(no_state_dict()) };
    let mut items = outer;
    for (key, value) in outer {
        if let (Node::Text(key), Node::Dict(inner)) = (pickle.node(*key), pickle.node(*value))
            && key == "state_dict"
        {
            items = inner;
        }
    }
    let plan = |(key, value): &(Id, Id)| match pickle.node(*key) {
        Node::Text(name) => TensorPlan::new(pickle, name, pickle.node(*value)),
        _ => None,
    };
    let plans: Vec<TensorPlan> = items.iter().filter_map(plan).collect();
    if plans.is_empty() { Err(no_state_dict()) } else { Ok(plans) }
}

/// The name of a function and what it would be called with.
fn call<'a>(pickle: &'a Pickle, node: &Node) -> Option<(&'a str, &'a [Id])> {
    let Node::Call { function, arguments } = node else { return None };
    match (pickle.node(*function), pickle.node(*arguments)) {
        (Node::Class(function), Node::Tuple(arguments)) => Some((function, arguments)),
        _ => None,
    }
}

fn size(pickle: &Pickle, id: Id) -> Option<usize> {
    match pickle.node(id) {
        Node::Int(value) => usize::try_from(*value).ok(),
        _ => None,
    }
}

fn sizes(pickle: &Pickle, id: Id) -> Option<Vec<usize>> {
    match pickle.node(id) {
        Node::Tuple(items) => items.iter().map(|id| size(pickle, *id)).collect(),
        _ => None,
    }
}

/// The texts of a list.
fn texts(pickle: &Pickle) -> Result<Vec<&str>> {
    let Node::List(items) = pickle.root() else { return Err(damaged()) };
    let text = |id: &Id| if let Node::Text(text) = pickle.node(*id) { Ok(&**text) } else { Err(damaged()) };
    items.iter().map(text).collect()
}

fn damaged() -> Error {
    Error::Invalid("this file of PyTorch is damaged or cut off; copy it again from where it came".into())
}

fn no_state_dict() -> Error {
    Error::Invalid("this file of PyTorch holds no tensors by name; save a state_dict with torch.save".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One state dict in both kinds of file, from `tests/reference/torch_files.py`.
    const ZIP: &[u8] = include_bytes!("../../tests/reference/state_dict.pth");
    const OLDER: &[u8] = include_bytes!("../../tests/reference/state_dict_legacy.pth");

    #[test]
    fn both_kinds_of_file_give_the_floats_by_name() {
        for bytes in [ZIP, OLDER] {
            assert!(is_torch_file(bytes));
            let tensors = tensors(bytes).unwrap();
            let mut names: Vec<_> = tensors.keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, ["conv.weight", "half", "part", "scalar"]);
            let values = |name: &str| {
                let tensor = tensors[name].to_dtype(DType::F32).unwrap();
                (tensor.dims().to_vec(), tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap())
            };
            let weight: Vec<f32> = (0..12).map(|i| i as f32 / 4.0).collect();
            assert_eq!(values("conv.weight"), (vec![2, 3, 1, 2], weight.clone()));
            assert_eq!(values("half"), (vec![3], vec![0.5, -1.5, 65504.0]));
            assert_eq!(values("part"), (vec![2, 3, 1, 1], weight[6..].to_vec()));
            assert_eq!(values("scalar"), (vec![], vec![7.0]));
        }
    }

    #[test]
    fn no_damage_does_more_than_fail() {
        for bytes in [ZIP, OLDER] {
            for end in 0..bytes.len() {
                assert!(!is_torch_file(&bytes[..end]) || tensors(&bytes[..end]).is_err(), "cut at {end}");
            }
            for at in 0..bytes.len() {
                let mut bytes = bytes.to_vec();
                bytes[at] ^= 0x55;
                if is_torch_file(&bytes) {
                    let _ = tensors(&bytes);
                }
            }
        }
    }
}
