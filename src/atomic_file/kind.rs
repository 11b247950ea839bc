//! Kinds of files, by their endings and by their content, so that nothing is written over what is something else.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::target::target;
use crate::error::{Error, Result};
use crate::table::TableFormat;

/// Bytes of a file that say what it is.
const HEAD: u64 = 8 << 10;
const GIF: &[u8] = b"GIF8";
/// Beginnings of a walk as this program writes it, and as a person may.
const WALKS: [&[u8]; 3] = [b"{\n  \"walk\":", b"{\"walk\":", b"{ \"walk\":"];
/// The longest header that the safetensors library takes.
const LONGEST_HEADER: u64 = 100_000_000;

/// Folder inside the archives of weights for PyTorch that this program writes, by which they are known again.
pub const TORCH_ARCHIVE: &str = "morphospace";
/// Sentence in the modules for PyTorch that this program writes, by which they are known again.
pub const PYTHON_MODULE: &str = "Written by morphospace export.";

/// A kind of file that the program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A picture.
    Png,
    /// A film.
    Gif,
    /// A film without loss.
    WebP,
    /// A film of PNG pictures.
    Apng,
    /// A walk through a latent space, as JSON.
    Walk,
    /// A table as comma-separated values.
    Csv,
    /// A table or notes in Markdown.
    Markdown,
    /// A table in LaTeX.
    Latex,
    /// An array of NumPy.
    Npy,
    /// An archive of NumPy's arrays.
    Npz,
    /// A model to share, without the state of a run.
    Model,
    /// Weights alone.
    Weights,
    /// A model for other programs.
    Onnx,
    /// A PyTorch module of ours.
    Python,
    /// The weights of a PyTorch module of ours.
    TorchWeights,
    /// Names, a line each.
    Names,
    /// Directions of a code space.
    Directions,
    /// A file that the program names itself in a folder that is its own, as the checkpoint of a run: whatever file
    /// is there is replaced.
    Own,
}

impl From<TableFormat> for FileKind {
    fn from(format: TableFormat) -> Self {
        match format {
            TableFormat::Markdown => FileKind::Markdown,
            TableFormat::Csv => FileKind::Csv,
            TableFormat::Latex => FileKind::Latex,
        }
    }
}

impl FileKind {
    /// Endings of names of such files.
    fn ending(self) -> Option<&'static str> {
        Some(match self {
            FileKind::Png => "png",
            FileKind::Gif => "gif",
            FileKind::WebP => "webp",
            FileKind::Apng => "apng",
            FileKind::Walk => "json",
            FileKind::Csv => "csv",
            FileKind::Markdown => "md",
            FileKind::Latex => "tex",
            FileKind::Npy => "npy",
            FileKind::Npz => "npz",
            FileKind::Model | FileKind::Weights => "safetensors",
            FileKind::Onnx => "onnx",
            FileKind::Python => "py",
            FileKind::TorchWeights => "pt",
            FileKind::Names => "txt",
            FileKind::Directions => "json",
            FileKind::Own => return None,
        })
    }

    /// As in "there is no PNG picture in it".
    fn label(self) -> &'static str {
        match self {
            FileKind::Png => "PNG picture",
            FileKind::Gif => "GIF",
            FileKind::WebP => "WebP",
            FileKind::Apng => "APNG",
            FileKind::Walk => "walk",
            FileKind::Csv | FileKind::Markdown | FileKind::Latex | FileKind::Names => "text",
            FileKind::Npy => "array of NumPy",
            FileKind::Npz => "archive of NumPy's arrays",
            FileKind::Model => "model without the state of a run",
            FileKind::Weights => "file of weights alone",
            FileKind::Onnx => "ONNX model",
            FileKind::Python => "module that this program wrote",
            FileKind::TorchWeights => "file of weights that this program wrote",
            FileKind::Directions => "file of directions",
            FileKind::Own => "file",
        }
    }

    /// The kind among `kinds` that the name of a file says, if such a file may be written there. To be called before
    /// the work whose result it is to hold. `what` begins the sentence that names the endings, as in "a walk is".
    ///
    /// # Errors
    /// Another ending; something there that is not of this kind.
    pub fn of(path: &Path, what: &str, kinds: &[FileKind]) -> Result<FileKind> {
        let found = kinds.iter().copied().find(|kind| kind.is_named_by(path));
        let Some(kind) = found else {
            let endings: Vec<String> =
                kinds.iter().filter_map(|kind| kind.ending()).map(|ending| format!(".{ending}")).collect();
            let (listed, one) = match endings.split_last() {
                Some((last, [])) => (last.clone(), "it"),
                Some((last, others)) => (format!("{} or {last}", others.join(", ")), "one of them"),
                None => return Err(Error::file(path, format!("{what} not written to files"))),
            };
            return Err(Error::file(path, format!("{what} written as {listed}; end the name in {one}")));
        };
        kind.check_content(path, &target(path)?)?;
        Ok(kind)
    }

    fn is_named_by(self, path: &Path) -> bool {
        let ending = path.extension();
        self.ending().is_none_or(|wanted| ending.is_some_and(|ending| ending.eq_ignore_ascii_case(wanted)))
    }

    /// Refuses `target`, which `path` leads to, where it is a file of another kind. An empty one is of any.
    pub(super) fn check_content(self, path: &Path, target: &Path) -> Result<()> {
        if !self.is_named_by(path) {
            let ending = self.ending().unwrap_or_default();
            return Err(Error::file(path, format!("the name of a {} ends in .{ending}", self.label())));
        }
        if self == FileKind::Own || !target.exists() || self.is_in(target).map_err(Error::io("read", path))? {
            return Ok(());
        }
        let reason = format!(
            "what is in this file is no {}, and it would be lost; choose another name, or remove it first",
            self.label()
        );
        Err(Error::file(path, reason))
    }

    fn is_in(self, file: &Path) -> std::io::Result<bool> {
        let mut file = File::open(file)?;
        let mut head = Vec::new();
        Read::by_ref(&mut file).take(HEAD).read_to_end(&mut head)?;
        if head.is_empty() {
            return Ok(true);
        }
        Ok(match self {
            FileKind::Png | FileKind::Apng => head.starts_with(b"\x89PNG\r\n\x1a\n"),
            FileKind::Gif => head.starts_with(GIF),
            FileKind::WebP => head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"),
            FileKind::Walk => WALKS.iter().any(|walk| head.starts_with(walk)),
            FileKind::Npy => head.starts_with(b"\x93NUMPY"),
            // As git tells text from the rest; a small film may begin without a zero.
            FileKind::Csv | FileKind::Markdown | FileKind::Latex | FileKind::Names => {
                !head.contains(&0) && !head.starts_with(GIF)
            }
            FileKind::Npz => first_member(&head).is_some_and(|name| name.ends_with(b".npy")),
            FileKind::Model | FileKind::Weights => {
                let header = tensors_header(head, &mut file)?;
                let ours = |header: &HashMap<String, Value>| {
                    header.get("__metadata__").is_some_and(|about| about.get("morphospace").is_some())
                };
                let of_a_run = |header: &HashMap<String, Value>| {
                    header.keys().any(|name| name.starts_with("optimizer."))
                };
                header.is_some_and(|header| match self {
                    FileKind::Model => ours(&header) && !of_a_run(&header),
                    _ => !ours(&header),
                })
            }
            // Whoever writes one begins with the version of the format, a small number, and goes on with a text or a
            // message.
            FileKind::Onnx => matches!(head[..], [0x08, version, next, ..] if version < 64 && next & 7 == 2),
            FileKind::Python => {
                head.starts_with(b"\"\"\"") && String::from_utf8_lossy(&head).contains(PYTHON_MODULE)
            }
            FileKind::TorchWeights => {
                first_member(&head).is_some_and(|name| name == format!("{TORCH_ARCHIVE}/data.pkl").as_bytes())
            }
            FileKind::Directions => {
                let head = String::from_utf8_lossy(&head);
                head.trim_start().starts_with('{')
                    && ["\"latent_dim\"", "\"directions\""].iter().all(|key| head.contains(key))
            }
            FileKind::Own => true,
        })
    }
}

/// The name of the first member of a zip archive. <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3.7
fn first_member(head: &[u8]) -> Option<&[u8]> {
    let rest = head.strip_prefix(b"PK\x03\x04")?;
    let length = usize::from(u16::from_le_bytes([*rest.get(22)?, *rest.get(23)?]));
    rest.get(26..26 + length)
}

/// The header of a safetensors file that begins with `head`: what it says of itself and of each tensor.
fn tensors_header(mut head: Vec<u8>, rest: &mut File) -> std::io::Result<Option<HashMap<String, Value>>> {
    let Some(length) = head.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)) else { return Ok(None) };
    if length > LONGEST_HEADER {
        return Ok(None);
    }
    let end = length + 8;
    rest.take(end.saturating_sub(head.len() as u64)).read_to_end(&mut head)?;
    Ok(head.get(8..end as usize).and_then(|json| serde_json::from_slice(json).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safetensors(json: &str) -> Vec<u8> {
        [&(json.len() as u64).to_le_bytes(), json.as_bytes()].concat()
    }

    #[test]
    fn nothing_is_written_over_what_is_something_else() {
        use FileKind::*;
        const ALL: [FileKind; 12] =
            [Png, Gif, WebP, Apng, Walk, Csv, Markdown, Latex, Npy, Npz, Model, Weights];
        let folder = tempfile::tempdir().unwrap();
        let mut npz = b"PK\x03\x04".to_vec();
        npz.extend([0; 26]);
        let zip = [&npz[..], b"a.jpg and more"].concat();
        npz.extend(b"features.npy");
        npz[26] = 12;
        let zip = {
            let mut zip = zip;
            zip[26] = 5;
            zip
        };
        let run = safetensors(r#"{"__metadata__":{"morphospace":"{}"},"optimizer.a":{},"a":{}}"#);
        let model = safetensors(r#"{"__metadata__":{"morphospace":"{}"},"a":{}}"#);
        let weights = safetensors(r#"{"__metadata__":{"format":"pt"},"a":{}}"#);
        let contents: [(&str, Vec<u8>, &[FileKind]); 15] = [
            ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), &[Png, Apng]),
            ("a film", b"GIF89a".to_vec(), &[Gif]),
            ("a newer film", b"RIFF\0\0\0\0WEBPVP8X".to_vec(), &[WebP]),
            ("a sound", b"RIFF\0\0\0\0WAVEfmt ".to_vec(), &[]),
            ("a walk", b"{\n  \"walk\": 1,\n".to_vec(), &[Walk, Csv, Markdown, Latex]),
            ("text", b"step,loss\n1,2\n".to_vec(), &[Csv, Markdown, Latex]),
            ("an array", b"\x93NUMPY\x01\0".to_vec(), &[Npy]),
            ("arrays", npz, &[Npz]),
            ("an archive of photos", zip, &[]),
            ("a run", run, &[]),
            ("a model", model, &[Model]),
            ("weights", weights, &[Weights]),
            (
                "directions",
                b"{\"model\":\"\",\"latent_dim\":2,\"directions\":[]}".to_vec(),
                &[Csv, Markdown, Latex, Directions],
            ),
            ("settings", b"{\"latent_dim\":2}".to_vec(), &[Csv, Markdown, Latex]),
            ("nothing", Vec::new(), &ALL),
        ];
        for kind in ALL {
            let path = folder.path().join("output").with_extension(kind.ending().unwrap().to_uppercase());
            assert_eq!(FileKind::of(&path, "it is", &[kind]).unwrap(), kind);
            for (name, content, allowed) in &contents {
                std::fs::write(&path, content).unwrap();
                let may = FileKind::of(&path, "it is", &[kind]).is_ok();
                assert_eq!(may, allowed.contains(&kind), "{name} as {kind:?}");
            }
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn another_ending_is_refused_with_those_there_are() {
        let refused = |kinds: &[FileKind]| {
            FileKind::of(Path::new("precious.safetensors"), "it is", kinds).unwrap_err().to_string()
        };
        let one = refused(&[FileKind::Png]);
        assert_eq!(one, "precious.safetensors: it is written as .png; end the name in it");
        let many = refused(&[FileKind::Csv, FileKind::Markdown, FileKind::Latex]);
        assert!(many.ends_with("written as .csv, .md or .tex; end the name in one of them"), "{many}");
        let none = FileKind::of(Path::new("walk"), "a walk is", &[FileKind::Gif]).unwrap_err();
        assert!(none.to_string().contains(".gif"), "{none}");
    }
}
