//! An `.npz`: arrays of NumPy in a zip archive.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;

use super::npy::{Floats, Header, NumberType, Watch};
use crate::data::arrays::npy_header::described;
use crate::data::positioned::SharedFile;
use crate::error::{Error, Result};
use crate::memory;

/// Bytes that may follow what is packed of an entry: its checksum and sizes.
const LONGEST_DESCRIPTOR: u64 = 24;
/// More arrays are no set of features.
const MOST_ARRAYS: usize = 4096;
/// Arrays that a sentence lists.
const MOST_LISTED: usize = 8;

/// An open archive, with what its arrays say of themselves.
pub(super) struct NpzFile {
    zip: ZipArchive<BufReader<SharedFile>>,
    arrays: Vec<Array>,
    names: Vec<String>,
    extractor: Option<String>,
}

/// An array in the archive.
struct Array {
    /// Without `.npy`.
    name: String,
    /// Its number in the archive.
    entry: usize,
    header: Header,
}

/// Choice of arrays to read.
pub(super) enum ArrayNames<'a> {
    /// Content by the names in the file.
    Unsaid,
    Features(&'a str),
    Statistics(&'a str, &'a str),
}

/// Arrays to read, by their numbers.
pub(super) enum ArrayIndices {
    Features(usize),
    Statistics { mean: usize, covariance: usize },
}

impl<'a> ArrayNames<'a> {
    /// Names from what stands behind the file's name.
    ///
    /// # Errors
    /// More than two names.
    pub fn of(arrays: Option<&'a str>) -> Result<Self> {
        let Some(text) = arrays.filter(|text| !text.is_empty()) else { return Ok(ArrayNames::Unsaid) };
        match text.split(',').map(|name| name.trim().trim_end_matches(".npy")).collect::<Vec<_>>()[..] {
            [name] => Ok(ArrayNames::Features(name)),
            [mean, covariance] => Ok(ArrayNames::Statistics(mean, covariance)),
            _ => Err(Error::Invalid(format!(
                "'{}' is neither the name of one array, of features, nor of two, of a mean and a covariance",
                text.escape_debug()
            ))),
        }
    }
}

/// Name of an entry as it stands before its bytes, where the list at the end of the archive says it begins.
fn local_name(mut file: SharedFile, header: u64) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 2];
    file.seek(SeekFrom::Start(header.saturating_add(26)))?;
    file.read_exact(&mut length)?;
    file.seek(SeekFrom::Start(header.saturating_add(30)))?;
    let mut name = vec![0; u16::from_le_bytes(length).into()];
    file.read_exact(&mut name)?;
    Ok(name)
}

impl NpzFile {
    /// Reads what stands before the numbers of all arrays, and the texts. `length` is that of the file.
    ///
    /// # Errors
    /// No archive, or a damaged one; one that claims to hold more than can be packed into so many bytes.
    pub fn open(reader: BufReader<File>, length: u64) -> Result<Self> {
        let file = SharedFile::new(reader.into_inner()).map_err(|error| damaged(&error))?;
        let mut zip = ZipArchive::new(BufReader::with_capacity(1 << 18, file.clone()))
            .map_err(|error| damaged(&error))?;
        if zip.len() > MOST_ARRAYS {
            return Err(Error::Invalid(format!("there are more than {MOST_ARRAYS} arrays in it")));
        }
        let (mut arrays, mut names, mut extractor) = (Vec::<Array>::new(), Vec::new(), None);
        let (mut unpacked, mut end) = (0u64, 0);
        for entry in 0..zip.len() {
            let local = file.clone();
            let mut file = zip.by_index(entry).map_err(|error| damaged(&error))?;
            let size = file.size();
            // No checksum is over the names, but each stands in the archive twice.
            if local_name(local, file.header_start()).map_err(|error| damaged(&error))? != file.name_raw() {
                return Err(damaged(&"an array has two names in it"));
            }
            unpacked = unpacked.saturating_add(size);
            if unpacked > length.saturating_mul(memory::MOST_PACKED) {
                return Err(damaged(&"it claims to hold more than can be packed into it"));
            }
            end = end.max(file.data_start().unwrap_or(0).saturating_add(file.compressed_size()));
            let name = file.name().map_err(|error| damaged(&error))?.into_owned();
            let Some(name) = name.strip_suffix(".npy").map(str::to_owned) else { continue };
            let within = |error: Error| match error {
                Error::Invalid(reason) => {
                    Error::Invalid(format!("'{}' in it: {reason}", name.escape_debug()))
                }
                error => error,
            };
            let header = Header::read(&mut file).map_err(within)?;
            header.check_length(size).map_err(within)?;
            if arrays.iter().any(|array| array.name == name) {
                return Err(damaged(&format!("'{}' is twice in it", name.escape_debug())));
            }
            match name.as_str() {
                "names" if matches!(header.kind, NumberType::Texts(_)) => {
                    names = header.read_texts(&mut file).map_err(within)?
                }
                "extractor" if matches!(header.kind, NumberType::Texts(_)) => {
                    extractor = header.read_texts(&mut file).map_err(within)?.pop();
                }
                _ => (),
            }
            arrays.push(Array { name, entry, header });
        }
        // A damaged count leaves the last of them out.
        if zip.central_directory_start().saturating_sub(end) > LONGEST_DESCRIPTOR {
            return Err(damaged(&"it holds more than it lists"));
        }
        Ok(Self { zip, arrays, names, extractor })
    }

    /// Header of an array.
    pub fn header(&self, array: usize) -> Result<&Header> {
        self.arrays.get(array).map(|array| &array.header).ok_or_else(|| damaged(&"an array is missing"))
    }

    /// Whether an array calls itself features.
    pub fn is_named(&self, array: usize) -> bool {
        self.arrays.get(array).is_some_and(|array| array.name == "features")
    }

    /// Feature extractor, if the file says so.
    pub fn extractor(&self) -> Option<&str> {
        self.extractor.as_deref()
    }

    /// The names of the images, if the file has them.
    pub fn take_names(&mut self) -> Vec<String> {
        std::mem::take(&mut self.names)
    }

    /// The arrays to read. `path` is for the sentence that asks for a choice.
    ///
    /// # Errors
    /// No array of such a name; no array of floats; several of which none has a name that says what it is.
    pub fn choose(&self, choice: ArrayNames<'_>, path: &Path) -> Result<ArrayIndices> {
        let position = |name: &str| self.arrays.iter().position(|array| array.name == name);
        let named = |name: &str| {
            position(name).ok_or_else(|| {
                let (name, all) = (name.escape_debug(), self.listed(|_| true));
                Error::Invalid(format!("there is no array '{name}' in it; there is {all}"))
            })
        };
        match choice {
            ArrayNames::Features(name) => return Ok(ArrayIndices::Features(named(name)?)),
            ArrayNames::Statistics(mean, covariance) => {
                return Ok(ArrayIndices::Statistics { mean: named(mean)?, covariance: named(covariance)? });
            }
            ArrayNames::Unsaid => (),
        }
        if let Some(features) = position("features") {
            return Ok(ArrayIndices::Features(features));
        }
        match (position("mu"), position("sigma")) {
            (Some(mean), Some(covariance)) => return Ok(ArrayIndices::Statistics { mean, covariance }),
            (None, None) => (),
            (found, _) => {
                let (is, lacks) = if found.is_some() { ("mu", "sigma") } else { ("sigma", "mu") };
                return Err(Error::Invalid(format!(
                    "statistics are a mean, mu, and a covariance, sigma; there is {is} in it and no {lacks}. \
                     Compute them anew"
                )));
            }
        }
        let of_floats = |array: &Array| array.header.is_floats() && !array.header.sides().is_empty();
        let mut candidates = (0..self.arrays.len()).filter(|at| of_floats(&self.arrays[*at]));
        match (candidates.next(), candidates.next()) {
            (Some(features), None) => Ok(ArrayIndices::Features(features)),
            (None, _) => Err(Error::Invalid(format!(
                "there is no array of floats with two dimensions in it; there is {}",
                self.listed(|_| true)
            ))),
            (Some(_), Some(_)) => {
                let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                let file = file.escape_debug();
                Err(Error::Invalid(format!(
                    "there are several arrays in it and none is called features: {}. Say which they are: \
                     {file}:NAME for features, a row an image, or {file}:MEAN,COVARIANCE for statistics",
                    self.listed(of_floats)
                )))
            }
        }
    }

    /// Names and sizes of arrays, as in "mu (64), sigma (64 × 64)".
    fn listed(&self, which: impl Fn(&Array) -> bool) -> String {
        let arrays: Vec<&Array> = self.arrays.iter().filter(|array| which(array)).collect();
        let one =
            |array: &&Array| format!("{} ({})", array.name.escape_debug(), described(array.header.shape()));
        let mut listed: Vec<String> = arrays.iter().take(MOST_LISTED).map(one).collect();
        match arrays.len() {
            0 => return "no array in it".into(),
            n if n > MOST_LISTED => listed.push(format!("and {} more", n - MOST_LISTED)),
            _ => (),
        }
        listed.join(", ")
    }

    /// The numbers of these arrays, in their order. All of the archive is gone through and checked against its
    /// checksums.
    ///
    /// # Errors
    /// Damage anywhere; numbers that do not fit into the memory; [`Error::Cancelled`] when `watch` broke.
    pub fn read(&mut self, arrays: &[usize], watch: Watch<'_>) -> Result<Vec<Floats>> {
        let mut found: Vec<Option<Floats>> = Vec::new();
        found.resize_with(arrays.len(), || None);
        let mut done = 0;
        for entry in 0..self.zip.len() {
            let mut file = self.zip.by_index(entry).map_err(|error| damaged(&error))?;
            let array = self.arrays.iter().position(|array| array.entry == entry);
            if let Some(place) = arrays.iter().position(|wanted| Some(*wanted) == array) {
                let header = Header::read(&mut file)?;
                header.check_length(file.size())?;
                let floats = header.read_floats(&mut file, &mut |more| watch(done + more))?;
                done += header.count()?;
                found[place] = Some(floats);
            }
            read_to_end(file, &mut || watch(done))?;
        }
        let found: Option<Vec<Floats>> = found.into_iter().collect();
        found.ok_or_else(|| damaged(&"an array is missing"))
    }
}

/// Reads what is left, at whose end the checksum is looked at.
fn read_to_end(
    mut file: ZipFile<'_, BufReader<SharedFile>>,
    watch: &mut dyn FnMut() -> std::ops::ControlFlow<()>,
) -> Result<()> {
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(_) if watch().is_break() => return Err(Error::Cancelled),
            Ok(_) => (),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => (),
            Err(error) => return Err(damaged(&error)),
        }
    }
}

fn damaged(error: &dyn std::fmt::Display) -> Error {
    Error::Invalid(format!("this is no .npz file, or it is damaged ({error}); write or copy it anew"))
}
