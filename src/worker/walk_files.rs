//! Walks and codes in files.

use std::io::Write;
use std::path::Path;

use crate::atomic_file::{FileKind, write_atomically};
use crate::config::{KeySource, WalkPlan};
use crate::error::{Error, Result};
use crate::features::read_array;
use crate::memory;

/// Reads a walk; photos that it names relative to its folder become absolute.
///
/// # Errors
/// A file that cannot be read, or is no walk.
pub fn read_plan(path: &Path) -> Result<WalkPlan> {
    let unfit = |reason: String| Error::file(path, format!("this is no walk: {reason}"));
    let mut plan: WalkPlan = serde_json::from_str(&text(path)?).map_err(|error| unfit(error.to_string()))?;
    plan.check().map_err(|error| unfit(error.to_string()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    for key in &mut plan.timeline.keys {
        if let KeySource::Photo { file, .. } = &mut key.source {
            let whole = folder.join(&file);
            *file = std::path::absolute(&whole).unwrap_or(whole);
        }
    }
    Ok(plan)
}

/// Writes a walk. Photos that lie in its folder, or beneath, are named relative to it, so that both can be moved.
///
/// # Errors
/// A walk that is none; as for any file.
pub fn write_plan(mut plan: WalkPlan, path: &Path) -> Result<()> {
    let kind = FileKind::of(path, "a walk to open again is", &[FileKind::Walk])?;
    plan.check()?;
    let whole = std::path::absolute(path).map_err(Error::io("write", path))?;
    for key in &mut plan.timeline.keys {
        if let (KeySource::Photo { file, .. }, Some(folder)) = (&mut key.source, whole.parent())
            && let Ok(inside) = file.strip_prefix(folder)
        {
            *file = inside.to_owned();
        }
    }
    let text = serde_json::to_string_pretty(&plan).map_err(|error| Error::Invalid(error.to_string()))?;
    write_atomically(path, kind, |out| writeln!(out, "{text}"))
}

/// Reads a code: an array of NumPy, or a list of numbers as JSON.
///
/// # Errors
/// A file that cannot be read, or holds neither; numbers that are none.
pub fn read_code(path: &Path) -> Result<Vec<f32>> {
    let code: Vec<f32> = if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy")) {
        read_array(path)?
    } else {
        let unfit =
            |_| Error::file(path, "a code is a .npy file or a list of numbers as JSON, as in [0.5, -1.2]");
        serde_json::from_str(&text(path)?).map_err(unfit)?
    };
    match code.iter().all(|number| number.is_finite()) {
        true => Ok(code),
        false => Err(Error::file(path, "there are numbers in this code that are none (NaN or infinite)")),
    }
}

fn text(path: &Path) -> Result<String> {
    let read = Error::io("read", path);
    match std::fs::metadata(path) {
        Ok(found) => memory::require(found.len(), "this file")?,
        Err(error) => return Err(read(error)),
    }
    std::fs::read_to_string(path).map_err(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Easing, Timeline, WalkPath};
    use crate::crop::Crop;

    #[test]
    fn a_walk_can_be_moved_with_its_photos() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (folder.path().join("here"), folder.path().join("there"));
        std::fs::create_dir(&here).unwrap();
        let photo = |file: &Path| KeySource::Photo { file: file.to_owned(), crop: Crop::default() };
        let outside = Path::new("/elsewhere/b.jpg");
        let sources = vec![photo(&here.join("a.jpg")), photo(outside), KeySource::Seed(3)];
        let timeline = Timeline::evenly(sources, WalkPath::Slerp, Easing::Linear, false);
        let plan = WalkPlan::new(timeline, 9, 2.0);
        write_plan(plan.clone(), &here.join("a.walk.json")).unwrap();
        assert_eq!(read_plan(&here.join("a.walk.json")).unwrap(), plan);
        write_plan(plan.clone(), &here.join("a.walk.json")).expect("a walk may replace a walk");
        std::fs::rename(&here, &there).unwrap();
        let moved = read_plan(&there.join("a.walk.json")).unwrap();
        assert_eq!(moved.timeline.keys[0].source, photo(&there.join("a.jpg")));
        assert_eq!(moved.timeline.keys[1].source, photo(outside));
        std::fs::write(there.join("other.json"), "{}").unwrap();
        assert!(write_plan(plan, &there.join("other.json")).is_err());
        let message = read_plan(&there.join("other.json")).unwrap_err().to_string();
        assert!(message.contains("other.json: this is no walk"), "{message}");
    }

    #[test]
    fn a_code_is_an_array_or_a_list() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            read_code(&path).map_err(|error| error.to_string())
        };
        assert_eq!(read("a.json", b"[0.5, -1, 2e-3]"), Ok(vec![0.5, -1.0, 0.002]));
        let mut array = b"\x93NUMPY\x01\x00\x36\x00".to_vec();
        array.extend(format!("{:<53}\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}").bytes());
        array[8] = (array.len() - 10) as u8;
        array.extend([1.5f32, -2.0].map(f32::to_le_bytes).concat());
        assert_eq!(read("a.npy", &array), Ok(vec![1.5, -2.0]));
        for (name, content) in [("b.json", &b"{}"[..]), ("b.npy", b"[1]"), ("c.json", b"[1e99]")] {
            let message = read(name, content).unwrap_err();
            assert!(message.contains(name), "{message}");
        }
        assert!(read_code(&folder.path().join("none.json")).unwrap_err().to_string().contains("none.json"));
    }
}
