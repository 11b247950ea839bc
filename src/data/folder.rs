//! Listing of the images of a folder.

use std::fs::Metadata;
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use rayon::ThreadPool;
use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};
use xxhash_rust::xxh3::xxh3_64;

use crate::data::format::{
    ATTRIBUTES_FILE, IMAGE_FORMATS, Tally, foreign, has_image_extension, head_of_file,
};
use crate::data::identity::by_path;
use crate::data::run_folders;
use crate::report::{Foreign, PassedOver, Progress, SkippedFile, passed_over_words};
use crate::{Error, Result};

/// Files between two calls of the observer.
const STRETCH: usize = 64;

/// Content of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The image files, sorted by their names in Unicode's normal form C.
    pub images: Vec<ListedImage>,
    /// Subfolders that could not be opened, links that lead nowhere, runs with pictures in them.
    pub skipped: Vec<SkippedFile>,
    /// Files that are no images of a format that is read.
    pub passed_over: Vec<PassedOver>,
}

/// An image in a folder, in an archive or in an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedImage {
    /// Where it is; in an archive or an array that file's path and its name there.
    pub path: PathBuf,
    /// Its path from the folder on, with forward slashes on every system. Bytes that are not UTF-8
    /// are written as `\xFF`, so that different files have different names.
    pub name: String,
    /// Mark that changes when the file does, in an array that of the array's file.
    pub stamp: Stamp,
    /// Its number in the archive or among all arrays; 0 in a folder.
    pub(super) entry: usize,
}

/// Mark that tells a file from an earlier one of the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Its length in bytes.
    pub bytes: u64,
    /// Nanoseconds from 1970 to when it was last written; in an archive the CRC-32 of its content.
    pub mark: u64,
    /// A hash of the time when the system last changed anything about it and of its number on the device, neither
    /// of which programs can set; 0 where the system tells nothing of the kind, and in an archive.
    pub record: u64,
    /// Number of the device that it lies on; 0 as for `record`.
    pub device: u64,
}

impl Stamp {
    /// The mark of a file; all zeros if the system says nothing about it, say because it has just been removed.
    pub(super) fn of_file(path: &Path) -> Self {
        let Ok(metadata) = std::fs::metadata(path) else { return Stamp::default() };
        let since_1970 = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let mark = since_1970.map_or(0, |time| time.as_nanos() as u64);
        let (record, device) = record(&metadata);
        Stamp { bytes: metadata.len(), mark, record, device }
    }
}

/// [`Stamp::record`] and [`Stamp::device`] of a file.
#[cfg(unix)]
fn record(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    let numbers = [metadata.ctime() as u64, metadata.ctime_nsec() as u64, metadata.ino()];
    (xxh3_64(&numbers.map(u64::to_le_bytes).concat()).max(1), metadata.dev())
}

#[cfg(not(unix))]
fn record(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// Lists the images in `dir` and in all folders beneath it.
///
/// A file with the ending of an image is taken for one; of the others those that begin like one.
///
/// Links are followed, except back into a folder that they lie in. Hidden files and folders (those
/// that begin with a dot) are left out: they are caches, bins and the sidecars of other systems. So are the
/// folders of runs ([`run_folders`]), unless `dir` is one or lies in one.
///
/// `observer` is called on this thread after every few files: first with how many images are found and a total
/// of 0, which means that it is not known yet, then with how many of these have been looked at, on `threads`.
///
/// # Errors
/// If `dir` is not a folder that can be read, or holds no image; [`Error::Cancelled`] when the observer broke.
pub fn list_images(
    dir: &Path,
    threads: &ThreadPool,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Listing> {
    let metadata = match std::fs::metadata(dir) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::file(dir, "there is no such folder; check the spelling of the path"));
        }
        Err(error) => return Err(Error::io("open", dir)(error)),
    };
    if !metadata.is_dir() {
        let reason = "this is neither a folder nor a zip archive; choose the folder that it lies in";
        return Err(Error::file(dir, reason));
    }
    std::fs::read_dir(dir).map_err(Error::io("open", dir))?;

    let mut listing = Listing::default();
    let mut tell = |done: usize, total: usize| {
        let progress = Progress { what: "Listing images".into(), done, total, rate: 0.0, seconds_left: 0.0 };
        if observer(progress).is_break() { Err(Error::Cancelled) } else { Ok(()) }
    };
    let visible =
        |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
    let (mut looked_at, mut unclear) = (0usize, Vec::new());
    let mut entries = WalkDir::new(dir).min_depth(1).follow_links(true).into_iter().filter_entry(visible);
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() && run_folders::is_run(entry.path()) => {
                entries.skip_current_dir();
                listing.skipped.extend(run_with_pictures(entry.into_path()));
            }
            Ok(entry) => {
                if entry.file_type().is_file() {
                    let name = relative_name(entry.path().strip_prefix(dir).unwrap_or(entry.path()));
                    let (path, stamp) = (entry.into_path(), Stamp::default());
                    let files = if has_image_extension(&path) { &mut listing.images } else { &mut unclear };
                    files.push(ListedImage { path, name, stamp, entry: 0 });
                }
            }
            Err(error) => listing.skipped.extend(skipped(&error)),
        }
        looked_at += 1;
        if looked_at.is_multiple_of(STRETCH) {
            tell(listing.images.len(), 0)?;
        }
    }
    let mut tally = Tally::default();
    while !unclear.is_empty() {
        let stretch = unclear.split_off(unclear.len().saturating_sub(STRETCH));
        let look = |file: &ListedImage| foreign(&file.path, || head_of_file(&file.path));
        let seen: Vec<Option<Foreign>> = threads.install(|| stretch.par_iter().map(look).collect());
        for (file, what) in stretch.into_iter().zip(seen) {
            match what {
                // It is no image that somebody might miss.
                Some(_) if file.path.file_name().is_some_and(|name| name == ATTRIBUTES_FILE) => (),
                Some(what) => tally.add(what, &file.name),
                None => listing.images.push(file),
            }
        }
        tell(listing.images.len(), 0)?;
    }
    listing.passed_over = tally.into_list();
    if listing.images.is_empty() {
        return Err(Error::file(dir, no_images("folder", &listing)));
    }
    let total = listing.images.len();
    for (stretch, images) in listing.images.chunks_mut(STRETCH).enumerate() {
        threads.install(|| images.par_iter_mut().for_each(|image| image.stamp = Stamp::of_file(&image.path)));
        tell(stretch * STRETCH + images.len(), total)?;
    }
    threads.install(|| sort(&mut listing.images));
    Ok(listing)
}

/// Sorts images in the same order whichever system has spelt the names.
pub(super) fn sort(images: &mut [ListedImage]) {
    // Of plain names all forms are one.
    match images.par_iter().all(|image| image.name.is_ascii()) {
        true => images.par_sort_by(|a, b| a.name.cmp(&b.name)),
        false => images.par_sort_by(|a, b| by_path(&a.name, &b.name)),
    }
}

/// `None` for what loses no image: a link back into its own folder, a dead link to something else.
fn skipped(error: &walkdir::Error) -> Option<SkippedFile> {
    let source = error.io_error()?;
    let path = error.path()?.to_owned();
    let dead_link = source.kind() == std::io::ErrorKind::NotFound;
    if dead_link && !has_image_extension(&path) {
        return None;
    }
    let reason = if dead_link {
        "the link leads to a file that does not exist".to_owned()
    } else {
        format!("cannot be opened: {source}")
    };
    Some(SkippedFile { path, reason })
}

/// `None` if nothing is left out with it.
fn run_with_pictures(path: PathBuf) -> Option<SkippedFile> {
    let files = WalkDir::new(&path).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let pictures = files.filter(|entry| has_image_extension(entry.path())).count();
    (pictures > 0).then(|| SkippedFile { path, reason: run_folders::reason(pictures) })
}

fn relative_name(path: &Path) -> String {
    let mut name = String::new();
    for component in path.components() {
        let Component::Normal(part) = component else { continue };
        if !name.is_empty() {
            name.push('/');
        }
        name.push_str(&readable(part.as_encoded_bytes()));
    }
    name
}

/// Text from bytes; those that are not UTF-8 become `\xFF`.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    text
}

/// Sentence on why a folder or an archive gives no images, and what to do.
pub(super) fn no_images(container: &str, listing: &Listing) -> String {
    if let Some(first) = listing.skipped.first() {
        return format!(
            "no image can be reached in this {container}; {} {}",
            first.path.display(),
            first.reason
        );
    }
    let nothing = format!("this {container} holds no images ({IMAGE_FORMATS})");
    if let Some(archive) = listing.passed_over.iter().find(|kind| kind.what == Foreign::Archive) {
        let PassedOver { example, .. } = archive;
        return match container {
            "folder" if has_ending(example, "zip") => {
                format!("{nothing}; open the archive {example} in it by itself")
            }
            _ => format!("{nothing}; unpack {example}, an archive in it, and open that folder"),
        };
    }
    match passed_over_words(&listing.passed_over) {
        Some(words) => format!("{nothing}; {words}"),
        None => nothing,
    }
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::threads::threads;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        dir
    }

    fn listed(dir: &Path) -> Result<Listing> {
        list_images(dir, &threads().unwrap(), &mut |_| ControlFlow::Continue(()))
    }

    fn names(dir: &Path) -> Vec<String> {
        listed(dir).unwrap().images.into_iter().map(|image| image.name).collect()
    }

    #[test]
    fn images_are_found_at_any_depth_and_sorted_by_bytes() {
        let dir = folder_with(&[
            "b.PNG",
            "a/z.jpg",
            "a.jpeg",
            "a/b/c.Tiff",
            "B.tif",
            "ä.webp",
            "x.bmp",
            "x.gif",
            "notes.txt",
            "jpg",
            "a/attributes.csv",
            "no-ending",
            "c.JFIF",
            ".hidden.jpg",
            ".cache/thumbnail.png",
            "a/._b.jpg",
        ]);
        let expected =
            ["B.tif", "a.jpeg", "a/b/c.Tiff", "a/z.jpg", "b.PNG", "c.JFIF", "x.bmp", "x.gif", "ä.webp"];
        assert_eq!(names(dir.path()), expected);
        let listing = listed(dir.path()).unwrap();
        assert_eq!(listing.skipped, []);
        assert!(listing.images.iter().all(|image| image.path.is_file()));
    }

    #[test]
    fn listing_tells_how_far_it_is_and_can_be_stopped_at_any_time() {
        let names: Vec<String> = (0..3 * STRETCH).map(|index| format!("{index}.jpg")).collect();
        let dir = folder_with(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let list_until = |last: usize| {
            let mut news = Vec::new();
            let outcome = list_images(dir.path(), &threads().unwrap(), &mut |progress| {
                news.push((progress.done, progress.total));
                if news.len() == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            (outcome, news)
        };
        let (outcome, news) = list_until(usize::MAX);
        assert_eq!(outcome.unwrap().images.len(), names.len());
        let found = [STRETCH, 2 * STRETCH, 3 * STRETCH];
        assert_eq!(news[..3], found.map(|done| (done, 0)));
        assert_eq!(news[3..], found.map(|done| (done, names.len())));
        for last in 1..=news.len() {
            let (outcome, news) = list_until(last);
            assert!(matches!(outcome, Err(Error::Cancelled)) && news.len() == last);
        }
    }

    #[test]
    fn runs_are_no_data_unless_they_are_what_is_opened() {
        let dir = folder_with(&["1.jpg", "run/samples/step-0000001.png", "run/samples/step-0000002.png"]);
        std::fs::create_dir(dir.path().join("empty run")).unwrap();
        for run in ["run", "empty run"] {
            let head = b"\0\0\0\0\0\0\0\0{\"__metadata__\":{\"morphospace\":\"{}\"}}";
            std::fs::write(dir.path().join(run).join(run_folders::CHECKPOINT), head).unwrap();
        }
        let listing = listed(dir.path()).unwrap();
        assert_eq!(listing.images.iter().map(|image| image.name.as_str()).collect::<Vec<_>>(), ["1.jpg"]);
        let [SkippedFile { path, reason }] = listing.skipped.as_slice() else {
            panic!("{:?}", listing.skipped)
        };
        assert_eq!(*path, dir.path().join("run"));
        assert!(reason.contains("the 2 pictures in it"), "{reason}");
        assert_eq!(names(&dir.path().join("run")).len(), 2);
    }

    #[test]
    fn a_folder_called_like_an_image_is_a_folder() {
        let dir = folder_with(&["album.jpg/1.jpg"]);
        assert_eq!(names(dir.path()), ["album.jpg/1.jpg"]);
    }

    #[test]
    fn a_wrong_folder_is_one_readable_sentence() {
        let dir = folder_with(&["notes.txt"]);
        let refusal = |path: &Path| listed(path).unwrap_err().to_string();
        let shown = dir.path().display();
        let nothing = format!("{shown}: this folder holds no images (JPEG, PNG, WebP, BMP, GIF or TIFF)");
        assert_eq!(refusal(dir.path()), format!("{nothing}; 1 file was passed over: 1 not an image"));
        assert_eq!(
            refusal(&dir.path().join("gone")),
            format!("{shown}/gone: there is no such folder; check the spelling of the path")
        );
        assert_eq!(
            refusal(&dir.path().join("notes.txt")),
            format!(
                "{shown}/notes.txt: this is neither a folder nor a zip archive; choose the folder that it lies in"
            )
        );
    }

    #[test]
    fn content_decides_where_the_ending_does_not_and_what_is_passed_over_is_counted() {
        let dir = folder_with(&["0.jpg", "notes.txt", "list.csv", "attributes.csv", "old.zip", "DSC_1.NEF"]);
        let jpeg = b"\xFF\xD8\xFF\xE0";
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        for (name, head) in [
            ("a.JPG_large", &jpeg[..]),
            ("b", jpeg),
            ("IMG_1.heic", heic),
            ("IMG_2.HEIC", heic),
            ("c.heic", jpeg),
            ("d.avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1"),
        ] {
            std::fs::write(dir.path().join(name), head).unwrap();
        }
        let listing = listed(dir.path()).unwrap();
        let names: Vec<_> = listing.images.iter().map(|image| image.name.as_str()).collect();
        assert_eq!(names, ["0.jpg", "a.JPG_large", "b", "c.heic"]);
        assert_eq!(listing.images[1].stamp.bytes, 4);
        assert_eq!(
            passed_over_words(&listing.passed_over).unwrap(),
            "7 files were passed over: 2 HEIC (convert to JPEG), 1 AVIF (convert to JPEG or PNG), \
             1 camera raw (develop to JPEG or TIFF), 1 archive (open a zip by itself, unpack another), \
             2 not images"
        );
    }

    #[test]
    fn a_folder_that_holds_only_an_archive_says_to_open_that() {
        for (name, remedy) in [
            ("in/photos.zip", "; open the archive in/photos.zip in it by itself"),
            ("photos.tar.gz", "; unpack photos.tar.gz, an archive in it, and open that folder"),
        ] {
            let dir = folder_with(&[name, "readme.txt"]);
            let message = listed(dir.path()).unwrap_err().to_string();
            assert!(message.ends_with(remedy), "{message}");
        }
    }

    #[cfg(unix)]
    mod unix {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::{PermissionsExt, symlink};

        use super::*;

        #[test]
        fn links_are_followed_but_not_in_circles() {
            let dir = folder_with(&["a/1.jpg", "b/2.jpg"]);
            symlink(dir.path(), dir.path().join("a/loop")).unwrap();
            symlink("self.jpg", dir.path().join("self.jpg")).unwrap();
            symlink("b/2.jpg", dir.path().join("link.jpg")).unwrap();
            symlink("gone.jpg", dir.path().join("dead.jpg")).unwrap();
            symlink("gone", dir.path().join("dead")).unwrap();
            let listing = listed(dir.path()).unwrap();
            let names: Vec<_> = listing.images.iter().map(|image| image.name.as_str()).collect();
            assert_eq!(names, ["a/1.jpg", "b/2.jpg", "link.jpg"]);
            let mut skipped: Vec<_> =
                listing.skipped.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap()).collect();
            skipped.sort_unstable();
            assert_eq!(skipped, ["dead.jpg", "self.jpg"]);
        }

        #[test]
        fn names_that_are_not_utf8_stay_apart() {
            let dir = folder_with(&[]);
            for name in [b"\xFF.jpg", b"\xFE.jpg"] {
                std::fs::write(dir.path().join(OsStr::from_bytes(name)), b"").unwrap();
            }
            assert_eq!(names(dir.path()), ["\\xFE.jpg", "\\xFF.jpg"]);
        }

        #[test]
        fn what_is_not_a_plain_file_is_no_image() {
            let dir = folder_with(&["1.jpg"]);
            let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket.jpg")).unwrap();
            assert_eq!(names(dir.path()), ["1.jpg"]);
        }

        #[test]
        fn a_closed_subfolder_is_listed_as_skipped() {
            let dir = folder_with(&["1.jpg", "closed/2.jpg"]);
            let closed = dir.path().join("closed");
            std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
            if std::fs::read_dir(&closed).is_ok() {
                eprintln!("skipped: this user may open any folder (root), so none can be closed");
                return;
            }
            let listing = listed(dir.path()).unwrap();
            std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o700)).unwrap();
            assert_eq!(listing.images.len(), 1);
            assert_eq!(listing.skipped.len(), 1);
            assert_eq!(listing.skipped[0].path, closed);
            assert!(listing.skipped[0].reason.starts_with("cannot be opened"));
        }
    }
}
