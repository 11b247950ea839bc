use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::keeper::{CacheFilter, clear, list, verify};
use super::*;
use crate::Error;
use crate::data::dataset::Dataset;
use crate::data::threads::threads;
use crate::image_buf::ImageBuf;

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A folder of images and one for the cache.
struct Stage {
    data: TempDir,
    cache: TempDir,
}

impl Stage {
    /// Three images and two files that are none.
    fn new() -> Self {
        let stage = Stage { data: tempfile::tempdir().unwrap(), cache: tempfile::tempdir().unwrap() };
        for (name, value) in [("a.png", 10), ("c.png", 30), ("sub/b.png", 20)] {
            stage.picture(name, value);
        }
        fs::write(stage.data.path().join("b.jpg"), "not an image").unwrap();
        fs::write(stage.data.path().join("zz.png"), "").unwrap();
        stage
    }

    fn picture(&self, name: &str, value: u8) {
        let path = self.data.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::GrayImage::from_pixel(12, 8, image::Luma([value])).save(path).unwrap();
    }

    fn load(&self) -> Dataset {
        self.load_at(4)
    }

    fn load_at(&self, size: usize) -> Dataset {
        Dataset::load_with(Some(self.cache.path()), self.data.path(), size, &mut go_on).unwrap()
    }

    /// Without the cache.
    fn fresh(&self) -> Dataset {
        Dataset::load_with(None, self.data.path(), 4, &mut go_on).unwrap()
    }

    /// Names of the files in the cache folder.
    fn cached(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.cache.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The only file in the cache folder.
    fn file(&self) -> PathBuf {
        let names = self.cached();
        assert_eq!(names.len(), 1, "{names:?}");
        self.cache.path().join(names.first().unwrap())
    }
}

fn assert_same(a: &Dataset, b: &Dataset) {
    let names = |data: &Dataset| (0..data.len()).map(|i| data.name(i).to_owned()).collect::<Vec<_>>();
    let pixels =
        |data: &Dataset| (0..data.len()).map(|i| data.pixels(i).unwrap().to_vec()).collect::<Vec<_>>();
    assert_eq!(names(a), names(b));
    assert_eq!(pixels(a), pixels(b));
    assert_eq!(a.skipped(), b.skipped());
    assert_eq!(a.fingerprint(), b.fingerprint());
}

#[test]
fn what_comes_out_of_the_cache_is_what_would_have_been_read() {
    let stage = Stage::new();
    let (fresh, first) = (stage.fresh(), stage.load());
    assert!(!fresh.is_cached() && first.is_cached());
    assert_same(&first, &fresh);
    assert_eq!((first.len(), first.skipped().len()), (3, 2));

    let built = born(&stage.file());
    let again = stage.load();
    assert_same(&again, &fresh);
    assert_eq!(again.image(0).unwrap(), ImageBuf::filled(4, 4, [10; 3]));
    assert_eq!(again.notes(), &[] as &[String]);
    assert_eq!(born(&stage.file()), built, "it was not made anew");
}

/// Value that is another for every file that is made.
fn born(file: &Path) -> impl PartialEq + std::fmt::Debug + use<> {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::ino(&fs::metadata(file).unwrap());
    #[cfg(not(unix))]
    fs::metadata(file).unwrap().created().unwrap()
}

impl Stage {
    /// Other bytes in a file, and its time put back to what it was.
    fn replace(&self, name: &str, bytes: &[u8]) {
        let path = self.data.path().join(name);
        let before = fs::metadata(&path).unwrap();
        assert_eq!(before.len(), bytes.len() as u64);
        fs::write(&path, bytes).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(before.modified().unwrap()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before.modified().unwrap());
    }

    /// Evidence of the files in the only cache.
    fn evidence(&self) -> Evidence {
        let key = SquaresKey::of_file(&self.file()).unwrap();
        Contents::read(&File::open(self.file()).unwrap(), key).unwrap().index.evidence
    }

    fn set_evidence(&self, evidence: Evidence) {
        let file = File::options().read(true).write(true).open(self.file()).unwrap();
        let mut contents = Contents::read(&file, SquaresKey::of_file(&self.file()).unwrap()).unwrap();
        contents.index.evidence = evidence;
        contents.write(&file).unwrap();
    }
}

/// A small picture without compression, so that all of one size are equally long.
fn bmp(value: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(12, 12, |x, y| image::Rgb([value, (x * y) as u8, value / 2]));
    picture.write_to(&mut bytes, image::ImageFormat::Bmp).unwrap();
    bytes.into_inner()
}

#[test]
fn pictures_of_the_same_name_length_and_time_are_noticed() {
    let stage = Stage::new();
    for number in 0..8u8 {
        fs::write(stage.data.path().join(format!("{number}.bmp")), bmp(number)).unwrap();
    }
    stage.load();
    let before = stage.evidence();
    stage.replace("3.bmp", &bmp(200));
    if cfg!(unix) {
        let loaded = stage.load();
        assert_same(&loaded, &stage.fresh());
        assert_eq!(loaded.notes(), &[] as &[String]);
        assert_ne!(stage.evidence(), before);
    }

    // A file system that keeps no record of changes: the bytes themselves tell.
    stage.load();
    stage.replace("4.bmp", &bmp(100));
    let now = Source::open(stage.data.path(), &mut go_on).unwrap();
    stage.set_evidence(stage.evidence().recorded_as(&now));
    assert_same(&stage.load(), &stage.fresh());

    // One that could not be read and now is another.
    stage.replace("b.jpg", b"not an imagE");
    assert_eq!(stage.load().skipped(), stage.fresh().skipped());
}

#[cfg(unix)]
#[test]
fn a_file_whose_content_stayed_is_compared_once_and_not_read_anew() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::new();
    let fresh = stage.fresh();
    stage.load();
    let (built, known) = (born(&stage.file()), stage.evidence());
    let picture = stage.data.path().join("a.png");
    fs::set_permissions(&picture, fs::Permissions::from_mode(0o600)).unwrap();
    assert_same(&stage.load(), &fresh);
    assert_eq!(born(&stage.file()), built, "the squares are the same");
    let noted = stage.evidence();
    assert_ne!(noted, known);
    assert_same(&stage.load(), &fresh);
    assert_eq!(stage.evidence(), noted);
    // Cancelled while it compares.
    fs::set_permissions(&picture, fs::Permissions::from_mode(0o644)).unwrap();
    let stopped = |_: Progress| ControlFlow::Break(());
    let cache = Some(stage.cache.path());
    assert!(matches!(
        Dataset::load_with(cache, stage.data.path(), 4, &mut { stopped }),
        Err(Error::Cancelled)
    ));
}

#[test]
fn verify_compares_with_the_folder() {
    let stage = Stage::new();
    fs::write(stage.data.path().join("0.bmp"), bmp(1)).unwrap();
    stage.load();
    let problems = || -> Vec<String> {
        let report = verify(Some(stage.cache.path()), &mut go_on).unwrap();
        report.sets.into_iter().filter_map(|set| set.problem).collect()
    };
    assert_eq!(problems(), [] as [&str; 0]);
    stage.replace("0.bmp", &bmp(2));
    let problem = &problems()[0];
    assert!(problem.contains("replaced by others"), "{problem}");
    assert!(stage.cached().is_empty());
    stage.load();
    stage.picture("new.png", 1);
    assert!(problems()[0].contains("has changed since"));
    // A folder that is away for a while is no reason.
    stage.load();
    fs::rename(stage.data.path(), stage.data.path().with_extension("away")).unwrap();
    assert_eq!(problems(), [] as [&str; 0]);
    fs::rename(stage.data.path().with_extension("away"), stage.data.path()).unwrap();
}

#[test]
fn any_change_of_the_folder_is_noticed_and_the_old_state_makes_room() {
    let stage = Stage::new();
    stage.load();
    stage.load_at(5);
    let mut seen = stage.cached();
    assert_eq!(seen.len(), 2);
    let data = stage.data.path();
    let changes: [&dyn Fn(); 4] = [
        &|| stage.picture("d.png", 40),
        &|| stage.picture("a.png", 11),
        &|| fs::remove_file(data.join("c.png")).unwrap(),
        &|| fs::rename(data.join("d.png"), data.join("e.png")).unwrap(),
    ];
    for change in changes {
        change();
        assert_same(&stage.load(), &stage.fresh());
        let now = stage.cached();
        assert_eq!(now.difference(&seen).count(), 1, "a new file");
        // The one of the other size is of another use and stays.
        assert_eq!(now.len(), 2);
        seen.extend(now);
    }
}

#[test]
fn a_damaged_or_foreign_file_is_made_anew_with_a_note() {
    let stage = Stage::new();
    let fresh = stage.fresh();
    stage.load();
    let (file, whole) = (stage.file(), fs::read(stage.file()).unwrap());
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let other_version = {
        let mut bytes = whole.clone();
        bytes[8] = 99;
        bytes
    };
    let longer = [&whole[..], b"!"].concat();
    let damages = [
        (vec![], "cut off"),
        (whole[..whole.len() - 1].to_vec(), "cut off"),
        (whole[..64].to_vec(), "cut off"),
        (longer, "cut off"),
        (
            b"PK\x03\x04 something else that is long enough to be looked at as a header of a cache".to_vec(),
            "no cache",
        ),
        (other_version, "another version"),
        (flipped(14), "its beginning is damaged"),
        (flipped(40), "its beginning is damaged"),
        (flipped(whole.len() - 5), "its index is damaged"),
    ];
    for (bytes, problem) in damages {
        fs::write(&file, bytes).unwrap();
        let data = stage.load();
        assert!(data.is_cached());
        assert!(data.notes().len() == 1 && data.notes()[0].contains(problem), "{:?} {problem}", data.notes());
        assert_same(&data, &fresh);
        assert!(fs::read(&file).unwrap() == whole, "it was not made anew");
    }
}

/// Looking at what is no longer there would end the program.
#[cfg(unix)]
#[test]
fn a_file_that_is_shortened_while_it_is_mapped_is_an_error() {
    let stage = Stage::new();
    let data = stage.load();
    assert!(data.pixels(0).is_ok());
    File::options().write(true).open(stage.file()).unwrap().set_len(100).unwrap();
    let message = data.pixels(0).unwrap_err().to_string();
    assert!(message.contains("damaged and was removed"), "{message}");
    assert_same(&stage.load(), &stage.fresh());
}

#[test]
fn a_damaged_row_is_an_error_where_it_is_read_and_gone_the_next_time() {
    let stage = Stage::new();
    let fresh = stage.fresh();
    stage.load();
    let mut bytes = fs::read(stage.file()).unwrap();
    // In the second image: rows are a.png, b.jpg (a hole), c.png.
    bytes[row_offset(2, row_bytes(4)) as usize + 7] ^= 1;
    fs::write(stage.file(), bytes).unwrap();
    let data = stage.load();
    assert!(data.pixels(0).is_ok() && data.pixels(2).is_ok());
    let message = data.pixels(1).unwrap_err().to_string();
    assert!(message.contains(".pixels: this cache of images is damaged and was removed"), "{message}");
    assert!(stage.cached().is_empty());
    assert_same(&stage.load(), &fresh);

    // A batch with that image says the same.
    let mut bytes = fs::read(stage.file()).unwrap();
    bytes[row_offset(2, row_bytes(4)) as usize] ^= 1;
    fs::write(stage.file(), bytes).unwrap();
    let data = std::sync::Arc::new(stage.load());
    let mut batches = crate::data::batches::Batches::new(data, vec![1], 2, Default::default(), 0, 0);
    assert!(batches.next_batch().unwrap_err().to_string().contains("damaged"));
}

#[test]
fn without_a_place_to_write_the_images_stay_in_memory() {
    let stage = Stage::new();
    // Not even root can make a folder beneath a file.
    let blocked = stage.cache.path().join("file/below");
    fs::write(stage.cache.path().join("file"), "").unwrap();
    let data = Dataset::load_with(Some(&blocked), stage.data.path(), 4, &mut go_on).unwrap();
    assert!(!data.is_cached());
    assert_same(&data, &stage.fresh());
    let notes = data.notes().join("\n");
    assert!(notes.contains("kept in memory") && notes.contains("MORPHOSPACE_CACHE_DIR"), "{notes}");
}

#[test]
fn several_builders_of_one_set_all_succeed() {
    let stage = Stage::new();
    let fresh = stage.fresh();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let data = stage.load();
                    assert!(data.is_cached());
                    assert_same(&data, &fresh);
                    // Another one evicts while the rest read and build.
                    clear(
                        Some(stage.cache.path()),
                        CacheFilter { source: Some(stage.data.path()), ..CacheFilter::default() },
                    )
                    .unwrap();
                    assert_same(&data, &fresh);
                }
            });
        }
    });
    stage.load();
    assert!(stage.file().extension().is_some_and(|e| e == "pixels"));
}

#[test]
fn losing_the_file_while_it_is_built_costs_only_the_next_start() {
    let stage = Stage::new();
    let data = Dataset::load_with(Some(stage.cache.path()), stage.data.path(), 4, &mut |progress| {
        if progress.done == progress.total {
            clear(Some(stage.cache.path()), CacheFilter::default()).unwrap();
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(data.is_cached() && stage.cached().is_empty());
    assert!(data.notes()[0].contains("could not be kept"), "{:?}", data.notes());
    assert_same(&data, &stage.fresh());
}

#[test]
fn cancelling_leaves_nothing_behind() {
    let stage = Stage::new();
    let stop = &mut |_: Progress| ControlFlow::Break(());
    let result = Dataset::load_with(Some(stage.cache.path()), stage.data.path(), 4, stop);
    assert!(matches!(result, Err(Error::Cancelled)));
    assert!(stage.cached().is_empty(), "{:?}", stage.cached());
    stage.load();
    let result = Dataset::load_with(Some(stage.cache.path()), stage.data.path(), 4, stop);
    assert!(matches!(result, Err(Error::Cancelled)));
}

#[test]
fn a_folder_without_one_good_image_is_not_cached() {
    let stage = Stage { data: tempfile::tempdir().unwrap(), cache: tempfile::tempdir().unwrap() };
    fs::write(stage.data.path().join("a.jpg"), "").unwrap();
    let result = Dataset::load_with(Some(stage.cache.path()), stage.data.path(), 4, &mut go_on);
    assert!(result.err().unwrap().to_string().contains("the only image in it cannot be read"));
    assert!(stage.cached().is_empty());
}

#[test]
fn a_file_that_vanishes_while_the_folder_is_read_is_listed_and_tried_again() {
    let stage = Stage::new();
    let path = stage.data.path().join("c.png");
    let (bytes, time) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    let source = Source::open(stage.data.path(), &mut |_| ControlFlow::Continue(())).unwrap();
    fs::remove_file(&path).unwrap();
    let built = build(stage.cache.path(), &source, 4, &threads().unwrap(), &mut go_on).unwrap().unwrap();
    let refused: Vec<_> = built.unread.iter().filter(|(_, unread)| unread.refused).collect();
    assert_eq!(refused.len(), 1);
    assert!(refused[0].0 == 2 && refused[0].1.reason.starts_with("cannot read it"), "{refused:?}");
    assert!(
        open(stage.cache.path(), &source, 4, &threads().unwrap(), &mut go_on).unwrap().unwrap().is_some(),
        "it is still away"
    );

    // It comes back as it was, so that nothing but trying tells.
    fs::write(&path, bytes).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    assert_eq!(
        stage.file().file_name().unwrap().to_str(),
        Some(SquaresKey::new(&source, 4).file_name().as_str())
    );
    assert_same(&stage.load(), &stage.fresh());
}

#[test]
fn leftovers_of_killed_programs_go_at_once_and_nothing_else_does() {
    let stage = Stage::new();
    for name in ["building-dead.tmp", "my diary.txt", "0-64-0.pixels"] {
        File::create(stage.cache.path().join(name)).unwrap();
    }
    let living = new_file(stage.cache.path()).unwrap();
    let living_name = living.path().file_name().unwrap().to_str().unwrap();
    stage.load();
    let names = stage.cached();
    assert!(!names.contains("building-dead.tmp") && names.contains(living_name), "{names:?}");
    assert_eq!(names.len(), 4);
    let report = clear(Some(stage.cache.path()), CacheFilter::default()).unwrap();
    assert_eq!((report.removed, report.sets.len(), report.bytes), (2, 0, 0));
    assert_eq!(Vec::from_iter(stage.cached()), ["0-64-0.pixels", "my diary.txt"]);
}

#[test]
fn the_keeper_lists_verifies_and_clears_what_was_chosen() {
    let (stage, other) = (Stage::new(), Stage::new());
    let cache = Some(stage.cache.path());
    stage.load();
    Dataset::load_with(cache, other.data.path(), 4, &mut go_on).unwrap();
    let report = list(cache).unwrap();
    assert_eq!((report.sets.len(), report.folder.as_deref()), (2, cache));
    for set in &report.sets {
        assert_eq!((set.images, set.image_size, set.days_unused, set.problem.as_ref()), (3, 4, 0, None));
        assert_eq!(set.bytes, fs::metadata(&set.file).unwrap().len());
    }
    let from = |data: &TempDir| Some(fs::canonicalize(data.path()).unwrap().display().to_string());
    let mine = report.sets.iter().find(|set| set.source == from(&stage.data)).unwrap();

    // A flipped pixel is no matter for a list, but verifying finds and removes it.
    let mut bytes = fs::read(&mine.file).unwrap();
    bytes[ROWS_BEGIN] ^= 1;
    fs::write(&mine.file, bytes).unwrap();
    assert_eq!(list(cache).unwrap().sets.iter().filter(|set| set.problem.is_some()).count(), 0);
    let verified = verify(cache, &mut go_on).unwrap();
    let bad: Vec<_> = verified.sets.iter().filter(|set| set.problem.is_some()).collect();
    assert_eq!((bad.len(), &bad[0].file, verified.removed), (1, &mine.file, 1));
    assert!(!mine.file.exists());
    assert!(matches!(verify(cache, &mut |_| ControlFlow::Break(())), Err(Error::Cancelled)));

    stage.load();
    let a_week = CacheFilter { older_than_days: Some(7), ..CacheFilter::default() };
    assert_eq!(clear(cache, a_week).unwrap().removed, 0);
    let left = list(cache).unwrap().sets;
    let old = left.iter().find(|set| set.source == from(&other.data)).unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(8 * 24 * 3600);
    File::options().write(true).open(&old.file).unwrap().set_modified(long_ago).unwrap();
    assert_eq!(clear(cache, a_week).unwrap().removed, 1);
    assert!(!old.file.exists());
    assert_eq!(
        clear(cache, CacheFilter { source: Some(other.data.path()), ..CacheFilter::default() })
            .unwrap()
            .removed,
        0
    );
    assert_eq!(
        clear(cache, CacheFilter { source: Some(stage.data.path()), ..CacheFilter::default() })
            .unwrap()
            .removed,
        1
    );
    assert_eq!(list(cache).unwrap().sets, []);

    let nowhere = stage.cache.path().join("not there");
    assert_eq!(list(Some(&nowhere)).unwrap().sets, []);
    assert_eq!(clear(None, CacheFilter::default()).unwrap(), Default::default());
}

/// Where the first row begins.
const ROWS_BEGIN: usize = 4096;

#[test]
fn an_archive_is_cached_like_the_folder_that_it_was_packed_from() {
    use std::io::Write;

    let stage = Stage::new();
    let path = stage.data.path().with_extension("zip");
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    for image in Source::open(stage.data.path(), &mut |_| ControlFlow::Continue(())).unwrap().images() {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(image.name.as_str(), options).unwrap();
        zip.write_all(&fs::read(&image.path).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    let folder = stage.fresh();
    for _ in 0..2 {
        let data = Dataset::load_with(Some(stage.cache.path()), &path, 4, &mut go_on).unwrap();
        assert!(data.is_cached());
        assert_eq!(data.fingerprint(), folder.fingerprint());
        assert_eq!((data.len(), data.skipped().len()), (3, 2));
        assert!(data.skipped()[0].path.starts_with(&path));
    }
    fs::remove_file(path).unwrap();
}

/// When this fails because decoding or resizing gives other bytes than it used to, raise
/// [`SQUARES_VERSION`](crate::data::ingest::SQUARES_VERSION), or old caches go on giving the old bytes.
#[test]
fn squares_are_those_that_this_version_stands_for() {
    let stage = Stage { data: tempfile::tempdir().unwrap(), cache: tempfile::tempdir().unwrap() };
    let picture = image::RgbImage::from_fn(37, 29, |x, y| {
        image::Rgb([(x * 7) as u8, (y * 8) as u8, ((x * y) % 251) as u8])
    });
    picture.save(stage.data.path().join("a.png")).unwrap();
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&picture).unwrap();
    // The encoder's bytes are part of what is looked at: a JPEG written by hand would be long.
    fs::write(stage.data.path().join("b.jpg"), &jpeg).unwrap();
    let data = stage.load_at(8);
    let hashes = [0, 1].map(|image| xxh3_64(&data.pixels(image).unwrap()));
    assert_eq!(
        (crate::data::ingest::SQUARES_VERSION, hashes),
        (2, [7_561_679_321_229_423_316, 12_359_929_201_613_189_770])
    );
}
