//! Where files go that are saved on a desktop without a dialog for files: into a folder of the program's own.

use std::path::{Path, PathBuf};

use crate::gui::state::Save;
use crate::gui::state::picks::naming;

/// The path of a file for this, which nothing has yet; the error is the end of a sentence.
pub fn place(save: Save) -> Result<PathBuf, String> {
    let home = etcetera::home_dir().map_err(|error| error.to_string())?;
    let (_, name, kind) = naming(save);
    let folder = folder_in(&home, matches!(kind, "png" | "gif" | "webp" | "apng"));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(free(&folder, name))
}

/// The program's folder among a person's pictures or documents, if these stand in the usual places.
fn folder_in(home: &Path, is_picture: bool) -> PathBuf {
    let usual = home.join(if is_picture { "Pictures" } else { "Documents" });
    let parent = if usual.is_dir() { usual } else { home.to_owned() };
    parent.join("Morphospace")
}

/// A path in a folder by this name, with a number where it is taken.
fn free(folder: &Path, name: &str) -> PathBuf {
    let (stem, ending) = match name.split_once('.') {
        Some((stem, ending)) => (stem, format!(".{ending}")),
        None => (name, String::new()),
    };
    let numbered = (2..).map(|number| folder.join(format!("{stem} {number}{ending}")));
    let mut paths = std::iter::once(folder.join(name)).chain(numbered);
    paths.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "what fails here fails its test")]
mod tests {
    use super::*;

    #[test]
    fn files_go_into_a_folder_of_their_own_and_never_over_others() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        assert_eq!(folder_in(home, true), home.join("Morphospace"));
        std::fs::create_dir(home.join("Pictures")).unwrap();
        let folder = folder_in(home, true);
        assert_eq!(folder, home.join("Pictures/Morphospace"));
        assert_eq!(folder_in(home, false), home.join("Morphospace"));
        std::fs::create_dir(&folder).unwrap();
        for name in ["face.png", "face 2.png", "face 3.png"] {
            let path = free(&folder, "face.png");
            assert_eq!(path, folder.join(name));
            std::fs::write(path, "").unwrap();
        }
        assert_eq!(free(&folder, "faces.walk.json"), folder.join("faces.walk.json"));
        std::fs::create_dir(folder.join("walk")).unwrap();
        assert_eq!(free(&folder, "walk"), folder.join("walk 2"));
    }
}
