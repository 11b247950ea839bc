//! Measurements that are kept, so that they are not made again.

use std::io::Write;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::about::version::NUMBER;
use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};

#[derive(Serialize, Deserialize)]
struct StoredResult<T> {
    /// All that the numbers depend on.
    of: Value,
    row: T,
}

/// Content of the file, if it is about the same; else the result of `measure`, which the file holds from then on.
/// `of` is all that the numbers depend on; the version of the program is added.
///
/// # Errors
/// Errors of `measure`; a file that cannot be written.
pub fn kept_or<T>(file: &Path, mut of: Value, measure: impl FnOnce() -> Result<T>) -> Result<T>
where
    T: Serialize + DeserializeOwned,
{
    of["version"] = NUMBER.into();
    // A file that is damaged, or of another version, is made anew like one that is not there.
    let kept =
        std::fs::read(file).ok().and_then(|text| serde_json::from_slice::<StoredResult<T>>(&text).ok());
    if let Some(kept) = kept.filter(|kept| kept.of == of) {
        return Ok(kept.row);
    }
    let kept = StoredResult { of, row: measure()? };
    let text = serde_json::to_string_pretty(&kept).map_err(|error| Error::Invalid(error.to_string()))?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    }
    write_atomically(file, FileKind::Own, |out| out.write_all(text.as_bytes()))?;
    Ok(kept.row)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_measurement_is_made_once_for_what_it_is_of() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("measured/a.json");
        let mut made = 0;
        let mut measure = |of: Value| {
            kept_or(&file, of, || {
                made += 1;
                Ok((made, 0.1 + 0.2))
            })
            .unwrap()
        };
        let first = json!({ "checkpoint": "1a", "noise": 0.1 });
        assert_eq!(measure(first.clone()), (1, 0.1 + 0.2));
        assert_eq!(measure(first.clone()), (1, 0.1 + 0.2));
        assert_eq!(measure(json!({ "checkpoint": "1a", "noise": 0.2 })).0, 2);
        std::fs::write(&file, "{ cut off").unwrap();
        assert_eq!(measure(first).0, 3);
        let failed = kept_or::<u8>(&file, json!({}), || Err(Error::Cancelled));
        assert!(matches!(failed, Err(Error::Cancelled)));
        assert_eq!(made, 3);
    }
}
