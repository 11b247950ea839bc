//! Files that `torch.save` wrote: a zip archive since PyTorch 1.6, before that pickles and raw storages
//! one after another, which is how the standard weights of the FID are kept.

mod pickle;

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io::{Cursor, Read};

use candle_core::{DType, Device, Tensor};

use pickle::{Id, Node, Pickle};

use crate::error::{Error, Result};
use crate::memory;

/// Beginning of a file of the older kind: the pickle of a magic number and that of the format's version, 1001.
const OLD: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
/// Pickles of tensors' names and shapes are far shorter.
const LONGEST_PICKLE: u64 = 8 << 20;
/// No layer's weights have more dimensions.
const MOST_DIMENSIONS: usize = 8;
/// Bytes of the longest name of a tensor or of a dict: one that is in the file once may name a million of them.
const LONGEST_NAME: usize = 256;
/// Dicts in which tensors are looked for.
const MOST_DICTS: usize = 1024;

/// Whether `bytes` begin as a file of PyTorch does.
pub fn is_torch_file(bytes: &[u8]) -> bool {
    bytes.starts_with(OLD) || bytes.starts_with(b"PK\x03\x04")
}

/// The tensors of floats in a saved state dict, by name. Those that share a storage in the file share it in
/// memory.
///
/// # Errors
/// A sentence without the file's name, if it holds no state dict, is damaged, keeps a tensor otherwise than row
/// by row, or promises more than the file or the memory can hold.
pub fn tensors(bytes: &[u8]) -> Result<HashMap<String, Tensor>> {
    let in_state_dict = |dicts: &[String]| dicts.iter().position(|dict| dict == "state_dict").unwrap_or(0);
    Ok(chosen(bytes, &mut |dicts| Some(in_state_dict(dicts)))?.1)
}

/// The tensors of floats in one of the dicts of a file, and the dict's name: that of the file itself is empty, those in
/// it are named by their keys. `choose` is told the names of all dicts that hold tensors, and says which one; none of
/// them if it says so.
///
/// # Errors
/// As [`tensors`].
pub fn chosen(
    bytes: &[u8],
    choose: &mut dyn FnMut(&[String]) -> Option<usize>,
) -> Result<(String, HashMap<String, Tensor>)> {
    if let Some(rest) = bytes.strip_prefix(OLD) {
        return old_tensors(rest, choose);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let mut prefix = None;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| damaged())?;
        let name = entry.name().map_err(|_| damaged())?;
        prefix = prefix.or_else(|| name.strip_suffix("data.pkl").map(str::to_owned));
    }
    let prefix = prefix.ok_or_else(no_state_dict)?;
    // To its end, where the checksum is looked at.
    let mut read = |name: String, fits: &dyn Fn(u64) -> bool| -> Result<Vec<u8>> {
        let mut entry = archive.by_name(&name).map_err(|_| damaged())?;
        let size = entry.size();
        if !fits(size) {
            return Err(damaged());
        }
        let mut bytes = memory::with_room(usize::try_from(size).map_err(|_| damaged())?, "it")?;
        entry.read_to_end(&mut bytes).map_err(|_| damaged())?;
        if bytes.len() as u64 == size { Ok(bytes) } else { Err(damaged()) }
    };
    let pickled = read(format!("{prefix}data.pkl"), &|size| size <= LONGEST_PICKLE)?;
    let pickle = Pickle::read(&mut &pickled[..])?;
    let (name, plans) = plans(&pickle, choose)?;
    check_sum(&plans, (bytes.len() as u64).saturating_mul(memory::MOST_PACKED))?;
    let tensors = collect(&plans, |plan| {
        let expected = plan.storage.bytes()? as u64;
        read(format!("{prefix}data/{}", plan.storage.key), &|size| size == expected).map(Cow::Owned)
    })?;
    Ok((name, tensors))
}

fn old_tensors(
    mut rest: &[u8],
    choose: &mut dyn FnMut(&[String]) -> Option<usize>,
) -> Result<(String, HashMap<String, Tensor>)> {
    let most = rest.len() as u64;
    // What the machine was like.
    Pickle::read(&mut rest)?;
    let pickle = Pickle::read(&mut rest)?;
    let (name, plans) = plans(&pickle, choose)?;
    check_sum(&plans, most)?;
    // All of them lie one after another, also those of what is no dict of tensors, like an optimizer's moments.
    let mut all: HashMap<&str, StoragePlan> = HashMap::new();
    for storage in pickle.nodes().filter_map(|node| StoragePlan::new(&pickle, node)) {
        if all.insert(storage.key, storage).is_some_and(|other| other != storage) {
            return Err(damaged());
        }
    }
    let keys = Pickle::read(&mut rest)?;
    let keys = texts(&keys)?;
    let mut storages: HashMap<&str, &[u8]> = HashMap::new();
    for key in &keys {
        let plan = all.get(key).ok_or_else(damaged)?;
        let (length, after) = rest.split_first_chunk().ok_or_else(damaged)?;
        if u64::from_le_bytes(*length) != plan.len as u64 {
            return Err(damaged());
        }
        let (storage, after) = after.split_at_checked(plan.bytes()?).ok_or_else(damaged)?;
        storages.insert(key, storage);
        rest = after;
    }
    let tensors = collect(&plans, |plan| {
        storages.get(plan.storage.key).map(|bytes| Cow::Borrowed(*bytes)).ok_or_else(damaged)
    })?;
    Ok((name, tensors))
}

/// Refuses storages that are more than `most` bytes together, or than there is memory for; and two that go by
/// one name and are not the same.
fn check_sum(plans: &[TensorPlan], most: u64) -> Result<()> {
    let mut storages: HashMap<&str, StoragePlan> = HashMap::new();
    let mut sum = 0u64;
    for storage in plans.iter().map(|plan| plan.storage).filter(|storage| storage.float().is_some()) {
        match storages.insert(storage.key, storage) {
            None => sum = sum.saturating_add(storage.bytes()? as u64),
            Some(other) if other == storage => (),
            Some(_) => return Err(damaged()),
        }
    }
    if sum > most {
        return Err(damaged());
    }
    memory::require(sum, "it")
}

/// The tensors of floats; each storage is read once.
fn collect<'a>(
    plans: &[TensorPlan<'_>],
    mut storage: impl FnMut(&TensorPlan<'_>) -> Result<Cow<'a, [u8]>>,
) -> Result<HashMap<String, Tensor>> {
    let mut storages: HashMap<&str, Tensor> = HashMap::new();
    let mut tensors = HashMap::new();
    for plan in plans {
        let Some(dtype) = plan.storage.float() else { continue };
        let whole = match storages.entry(plan.storage.key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let bytes = storage(plan)?;
                place.insert(Tensor::from_raw_buffer(&bytes, dtype, &[plan.storage.len], &Device::Cpu)?)
            }
        };
        tensors.insert(plan.name.to_owned(), plan.tensor(whole)?);
    }
    Ok(tensors)
}

/// Numbers of one kind that a file holds under a key.
#[derive(Clone, Copy, PartialEq)]
struct StoragePlan<'a> {
    /// As in `FloatStorage`.
    kind: &'a str,
    key: &'a str,
    /// Numbers in it.
    len: usize,
}

impl<'a> StoragePlan<'a> {
    /// Of a reference out of the pickle; `None` if the node is no such, or to something else.
    fn new(pickle: &'a Pickle, node: &Node) -> Option<Self> {
        let Node::Persistent(storage) = node else { return None };
        let Node::Tuple(storage) = pickle.node(*storage) else { return None };
        let [_, kind, key, _, len, ..] = &storage[..] else { return None };
        let (Node::Class(kind), Node::Text(key)) = (pickle.node(*kind), pickle.node(*key)) else {
            return None;
        };
        Some(StoragePlan { kind: kind.strip_prefix("torch.")?, key, len: size(pickle, *len)? })
    }

    fn float(&self) -> Option<DType> {
        match self.kind {
            "FloatStorage" => Some(DType::F32),
            "DoubleStorage" => Some(DType::F64),
            "HalfStorage" => Some(DType::F16),
            "BFloat16Storage" => Some(DType::BF16),
            _ => None,
        }
    }

    fn bytes(&self) -> Result<usize> {
        let each = match self.kind {
            "DoubleStorage" | "LongStorage" => 8,
            "FloatStorage" | "IntStorage" => 4,
            "HalfStorage" | "BFloat16Storage" | "ShortStorage" => 2,
            "ByteStorage" | "CharStorage" | "BoolStorage" => 1,
            _ => return Err(damaged()),
        };
        self.len.checked_mul(each).ok_or_else(damaged)
    }
}

/// Where a tensor's numbers are.
struct TensorPlan<'a> {
    name: &'a str,
    storage: StoragePlan<'a>,
    offset: usize,
    shape: Vec<usize>,
    stride: Vec<usize>,
}

impl<'a> TensorPlan<'a> {
    /// Of a tensor's entry in a state dict; `None` for an entry that is no tensor.
    fn new(pickle: &'a Pickle, name: &'a str, mut value: &'a Node) -> Option<Self> {
        let arguments = loop {
            match call(pickle, value)? {
                // Of a parameter, its data comes first.
                ("torch._utils._rebuild_parameter", arguments) => value = pickle.node(*arguments.first()?),
                ("torch._utils._rebuild_tensor_v2", arguments) => break arguments,
                _ => return None,
            }
        };
        let [storage, offset, shape, stride, ..] = arguments else { return None };
        Some(TensorPlan {
            name,
            storage: StoragePlan::new(pickle, pickle.node(*storage))?,
            offset: size(pickle, *offset)?,
            shape: sizes(pickle, *shape)?,
            stride: sizes(pickle, *stride)?,
        })
    }

    /// The tensor as a part of its storage.
    fn tensor(&self, storage: &Tensor) -> Result<Tensor> {
        let mut count = 1usize;
        for (length, stride) in self.shape.iter().zip(&self.stride).rev() {
            if *length != 1 && *stride != count {
                let name = self.name.escape_debug();
                return Err(Error::Invalid(format!(
                    "the tensor '{name}' in it is not kept row by row; save it anew after .contiguous()"
                )));
            }
            count = count.checked_mul(*length).ok_or_else(damaged)?;
        }
        if self.offset.checked_add(count).is_none_or(|end| end > self.storage.len) {
            return Err(damaged());
        }
        Ok(storage.narrow(0, self.offset, count)?.reshape(self.shape.as_slice())?)
    }
}

/// The tensors of the dict that is chosen, and its name.
fn plans<'a>(
    pickle: &'a Pickle,
    choose: &mut dyn FnMut(&[String]) -> Option<usize>,
) -> Result<(String, Vec<TensorPlan<'a>>)> {
    let mut dicts = dicts(pickle)?;
    let names: Vec<String> = dicts.iter().map(|(name, _)| name.clone()).collect();
    match choose(&names).filter(|index| *index < dicts.len()) {
        Some(index) => Ok(dicts.swap_remove(index)),
        None => Err(no_state_dict()),
    }
}

/// Every dict with tensors among its values, with their names: the file itself, and those in it.
fn dicts(pickle: &Pickle) -> Result<Vec<(String, Vec<TensorPlan<'_>>)>> {
    /// Dicts in dicts in which models are looked for.
    const DEPTH: usize = 2;
    let named = |key: &Id| match pickle.node(*key) {
        Node::Text(name) => Some(name.as_str()).filter(|name| name.len() <= LONGEST_NAME),
        _ => None,
    };
    let plan = |(key, value): &(Id, Id)| TensorPlan::new(pickle, named(key)?, pickle.node(*value));
    let mut found = Vec::new();
    // One that is in the file many times is looked at once.
    let mut seen = HashSet::new();
    let mut level = match pickle.root() {
        Node::Dict(items) => vec![(String::new(), items)],
        _ => Vec::new(),
    };
    for _ in 0..=DEPTH {
        let mut next = Vec::new();
        for (name, items) in level {
            let plans: Vec<TensorPlan<'_>> = items.iter().filter_map(plan).collect();
            for (key, value) in items {
                if let (Some(key), Node::Dict(inner)) = (named(key), pickle.node(*value))
                    && seen.len() < MOST_DICTS
                    && seen.insert(*value)
                {
                    let dot = if name.is_empty() { "" } else { "." };
                    next.push((format!("{name}{dot}{key}"), inner));
                }
            }
            if !plans.is_empty() {
                found.push((name, plans));
            }
        }
        level = next;
    }
    if found.is_empty() { Err(no_state_dict()) } else { Ok(found) }
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
        Node::Tuple(items) if items.len() <= MOST_DIMENSIONS => {
            items.iter().map(|id| size(pickle, *id)).collect()
        }
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
    use std::io::Write;

    use super::*;

    /// One state dict in both kinds of file, from `tests/reference/torch_files.py`.
    const ZIP: &[u8] = include_bytes!("../../../tests/reference/state_dict.pth");
    const OLDER: &[u8] = include_bytes!("../../../tests/reference/state_dict_legacy.pth");

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

    /// A file of tensors of `len` floats each, in the storages of these names, of which `stored` are there, all
    /// zeros and packed.
    fn packed(storages: &[&str], len: u32, stored: &[&str]) -> Vec<u8> {
        let text = |text: &str| [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
        let number = |number: u32| [b"J", &number.to_le_bytes()[..]].concat();
        let mut pickle = b"\x80\x02}(".to_vec();
        for (index, storage) in storages.iter().enumerate() {
            pickle.extend(text(&format!("tensor{index}")));
            pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
            pickle.extend(text("storage"));
            pickle.extend(b"ctorch\nFloatStorage\n");
            pickle.extend([text(storage), text("cpu"), number(len)].concat());
            pickle.extend([b"tQK\x00(", &number(len)[..], b"t(K\x01ttR"].concat());
        }
        pickle.extend(b"u.");
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file("a/data.pkl", options).unwrap();
        archive.write_all(&pickle).unwrap();
        for storage in stored {
            archive.start_file(format!("a/data/{storage}"), options).unwrap();
            archive.write_all(&vec![0; len as usize * 4]).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn tensors_that_share_a_storage_share_it_in_memory() {
        let file = packed(&["0"; 60], 1 << 20, &["0"]);
        assert!(file.len() < 20_000, "{} bytes", file.len());
        let tensors = tensors(&file).unwrap();
        assert_eq!(tensors.len(), 60);
        let place = |tensor: &Tensor| match &*tensor.storage_and_layout().0 {
            candle_core::Storage::Cpu(candle_core::CpuStorage::F32(values)) => values.as_ptr(),
            _ => panic!("floats on the processor"),
        };
        let places: HashSet<_> = tensors.values().map(place).collect();
        assert_eq!(places.len(), 1);
    }

    #[test]
    fn storages_that_cannot_be_in_the_file_are_refused_before_they_are_read() {
        let names: Vec<String> = (0..60).map(|index| index.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let lone = packed(&names, 1 << 20, &["0"]);
        assert!(tensors(&lone).unwrap_err().to_string().contains("damaged"));
        assert!(tensors(&packed(&["0", "0"], 1000, &["0"])).is_ok());
        assert!(tensors(&packed(&["0"], 1000, &[])).is_err());
        // A parameter of a parameter of a parameter …
        let class = b"ctorch._utils\n_rebuild_parameter\nq\x00";
        let depth = 200_000;
        let deep = [
            &b"\x80\x02}X\x01\x00\x00\x00a"[..],
            class,
            b"0",
            &b"h\x00".repeat(depth),
            b"N",
            &b"\x85R".repeat(depth),
            b"s.",
        ];
        let deep = deep.concat();
        let pickle = Pickle::read(&mut &deep[..]).unwrap();
        assert!(dicts(&pickle).is_err());
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
