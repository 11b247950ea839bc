//! A table of what is said of images: `attributes.csv` beside them, whose first column names the file and whose others
//! say something of it, the attributes of CelebA, or the labels of arrays.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::data::arrays::labels::{self, LabelTable};
use crate::data::format::ATTRIBUTES_FILE;
use crate::{Error, Result, memory};

/// The table of CelebA as it is handed out, and as a CSV file.
const CELEBA: [&str; 2] = ["list_attr_celeba.txt", "list_attr_celeba.csv"];
/// Bytes that a cell takes in memory for each in the file, at most: it has one beside its comma.
const CELL_BYTES: u64 = 32;
/// Folder that CelebA's tables are handed out in.
const ANNOTATIONS: &str = "Anno";

/// The table, by file name.
pub struct Attributes {
    columns: Vec<String>,
    rows: HashMap<String, Vec<String>>,
    are_classes: bool,
}

impl Attributes {
    /// The table of a folder, an archive or arrays of images: `attributes.csv` in the folder, else CelebA's table in it,
    /// beside it or beside the archive, else the labels of the arrays.
    ///
    /// # Errors
    /// A sentence that names the file, if there is none, or it cannot be read or is no table.
    pub fn of_data(data: &Path) -> Result<Self> {
        if let Some(file) = table_beside(data) {
            return Self::of_file(&file);
        }
        match labels::labels(data)? {
            Some(LabelTable { columns, rows }) => Ok(Self { columns, rows, are_classes: true }),
            None if data.is_file() => Err(Error::file(
                data,
                "nothing is said of its images: it has no labels, and no table lies beside it",
            )),
            // Says that it is not there.
            None => Self::of_file(&data.join(ATTRIBUTES_FILE)),
        }
    }

    /// Whether there is [such a table](Self::of_data), sound or not.
    pub fn are_there(data: &Path) -> bool {
        table_beside(data).is_some() || labels::are_there(data)
    }

    /// The table in a file, whatever it is called.
    ///
    /// # Errors
    /// As for [`Attributes::of_data`].
    pub fn of_file(path: &Path) -> Result<Self> {
        let length = std::fs::metadata(path).map_err(Error::io("read", path))?.len();
        memory::require(length.saturating_mul(CELL_BYTES), "this table")
            .map_err(|error| Error::file(path, error.to_string()))?;
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        let table = match counted_lines(&text) {
            Some(count) => Self::parse_celeba(&text, count),
            None => Self::parse(&text),
        };
        let mut table = table.map_err(|reason| Error::file(path, reason))?;
        let is_celeba = path.file_name().is_some_and(|name| CELEBA.iter().any(|known| name == *known));
        if is_celeba {
            table.say_no();
        }
        Ok(table)
    }

    /// Cells are what stands between commas; quotes are not understood, and are refused.
    fn parse(text: &str) -> Result<Self, String> {
        if text.contains('"') {
            return Err("cells in quotes cannot be read; write the table without them".into());
        }
        let cells = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        let mut lines = numbered_lines(text);
        let columns = lines.next().map(|(_, line)| cells(line)).unwrap_or_default();
        let [_, columns @ ..] = columns.as_slice() else { return Err("the table is empty".into()) };
        if columns.is_empty() {
            return Err("the table has no column besides the file names".into());
        }
        Self::of_rows(columns.to_vec(), lines.map(|(number, line)| (number, cells(line))))
    }

    /// The layout of `list_attr_celeba.txt`: the number of rows, the heads without one for the file names, the rows,
    /// whose cells stand between spaces. −1 says no.
    fn parse_celeba(text: &str, count: usize) -> Result<Self, String> {
        let cells = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut lines = numbered_lines(text).skip(1);
        let columns = lines.next().map(|(_, line)| cells(line)).unwrap_or_default();
        if columns.is_empty() {
            return Err("the table has no line of heads behind the number of its rows".into());
        }
        let mut table = Self::of_rows(columns, lines.map(|(number, line)| (number, cells(line))))?;
        if table.rows.len() != count {
            let found = table.rows.len();
            return Err(format!("the table should have {count} rows and has {found}; copy it again"));
        }
        table.say_no();
        Ok(table)
    }

    /// Writes the no of CelebA's tables, −1, as that of all others, 0.
    fn say_no(&mut self) {
        let cells = self.rows.values_mut().flatten();
        cells.filter(|cell| *cell == "-1").for_each(|cell| *cell = "0".into());
    }

    /// Of the cells of each line, the first of which names the file; with the line's number for the sentence that
    /// refuses it.
    fn of_rows(
        columns: Vec<String>,
        lines: impl Iterator<Item = (usize, Vec<String>)>,
    ) -> Result<Self, String> {
        let mut rows = HashMap::new();
        for (number, mut cells) in lines {
            let (found, expected) = (cells.len(), columns.len() + 1);
            if found != expected {
                return Err(format!("line {} has {found} cells instead of {expected}", number + 1));
            }
            rows.insert(cells.remove(0), cells);
        }
        Ok(Self { columns, rows, are_classes: false })
    }

    /// Whether its columns are of classes, whose numbers are names and no amounts.
    pub fn are_classes(&self) -> bool {
        self.are_classes
    }

    /// The columns beside the file names, from left to right.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether there is such a column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c == column)
    }

    /// Value of a column for a file; none where that is empty or missing.
    pub fn text(&self, file: &str, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|c| c == column)?;
        self.rows.get(file)?.get(at).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    /// The number in a column for a file; none where there is no finite one.
    pub fn number(&self, file: &str, column: &str) -> Option<f32> {
        self.text(file, column)?.parse().ok().filter(|value: &f32| value.is_finite())
    }
}

/// The lines of a text that are not empty, with their numbers from 0 on.
fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty())
}

/// The number of rows where a table begins with nothing else in a line, as that of CelebA does.
fn counted_lines(text: &str) -> Option<usize> {
    numbered_lines(text).next()?.1.parse().ok()
}

/// The file of the table in a folder of images, or that of CelebA in it, one above, or beside an archive.
fn table_beside(data: &Path) -> Option<PathBuf> {
    let own = data.join(ATTRIBUTES_FILE);
    if own.is_file() {
        return Some(own);
    }
    // A relative path may have no folder above in its text.
    let full = std::path::absolute(data).ok()?;
    let folders = [data.is_dir().then(|| full.clone()), full.parent().map(Path::to_owned)];
    let places = folders.into_iter().flatten().flat_map(|folder| [folder.clone(), folder.join(ANNOTATIONS)]);
    let mut files = places.flat_map(|folder| CELEBA.map(|name| folder.join(name)));
    files.find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_file_and_column() {
        let table =
            Attributes::parse("file,smile,glasses\na.jpg,0.5,None\nb.jpg,, Sun \r\n\nc.jpg,x,\n").unwrap();
        assert!(table.has("smile") && !table.has("file") && !table.has("age"));
        assert_eq!(
            (table.number("a.jpg", "smile"), table.text("a.jpg", "glasses")),
            (Some(0.5), Some("None"))
        );
        assert_eq!((table.number("b.jpg", "smile"), table.text("b.jpg", "glasses")), (None, Some("Sun")));
        assert_eq!((table.number("c.jpg", "smile"), table.text("c.jpg", "smile")), (None, Some("x")));
        assert_eq!((table.text("c.jpg", "glasses"), table.number("e.jpg", "smile")), (None, None));
    }

    #[test]
    fn what_is_no_table_is_refused_with_the_file_named() {
        for (text, why) in [
            ("", "empty"),
            ("file\na.jpg\n", "no column"),
            ("file,age\na.jpg,1\nb.jpg,1,2\n", "line 3 has 3"),
            ("file,age\n\"a.jpg\",1\n", "quotes"),
        ] {
            let reason = Attributes::parse(text).err().unwrap();
            assert!(reason.contains(why), "{reason}");
        }
        let folder = tempfile::tempdir().unwrap();
        let message = Attributes::of_data(folder.path()).err().unwrap().to_string();
        assert!(message.contains("attributes.csv"), "{message}");
        std::fs::write(folder.path().join(ATTRIBUTES_FILE), "file\n").unwrap();
        assert!(Attributes::of_data(folder.path()).err().unwrap().to_string().contains("no column"));
    }

    const TEXT: &str = "2\r\nSmiling Male \r\n000001.jpg  1 -1\r\n000002.jpg -1  1\r\n";
    const CSV: &str = "image_id,Smiling,Male\n000001.jpg,1,-1\n000002.jpg,-1,1\n";

    #[test]
    fn the_attributes_of_celeba_are_yes_or_no_in_both_of_its_layouts() {
        for (name, text) in [(CELEBA[0], TEXT), (CELEBA[1], CSV)] {
            for beside in ["", "CelebA/", "CelebA/Anno/", "CelebA/img_align_celeba/"] {
                let folder = tempfile::tempdir().unwrap();
                let images = folder.path().join("CelebA/img_align_celeba");
                std::fs::create_dir_all(&images).unwrap();
                std::fs::create_dir_all(folder.path().join("CelebA/Anno")).unwrap();
                std::fs::write(folder.path().join(beside).join(name), text).unwrap();
                let is_near = !beside.is_empty();
                assert_eq!(Attributes::are_there(&images), is_near, "{beside}{name}");
                let Ok(table) = Attributes::of_data(&images) else {
                    assert!(!is_near, "{beside}{name}");
                    continue;
                };
                assert_eq!(table.columns(), ["Smiling", "Male"]);
                let row = |file: &str| ["Smiling", "Male"].map(|column| table.number(file, column));
                assert_eq!(row("000001.jpg"), [Some(1.0), Some(0.0)], "{beside}{name}");
                assert_eq!(row("000002.jpg"), [Some(0.0), Some(1.0)]);
                assert!(!table.are_classes());
            }
        }
        // Other tables mean −1 when they say it, and one of their own comes first.
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(CELEBA[0]), TEXT).unwrap();
        std::fs::write(folder.path().join(ATTRIBUTES_FILE), CSV).unwrap();
        let table = Attributes::of_data(folder.path()).unwrap();
        assert_eq!(table.number("000001.jpg", "Male"), Some(-1.0));
    }

    #[test]
    fn a_cut_table_of_celeba_is_refused() {
        for (text, why) in [
            ("2\nSmiling Male\n000001.jpg 1 -1\n", "should have 2 rows and has 1"),
            ("2\nSmiling Male\n000001.jpg 1\n", "line 3 has 2 cells instead of 3"),
            ("2\n", "no line of heads"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(CELEBA[0]), text).unwrap();
            let message = Attributes::of_data(folder.path()).err().unwrap().to_string();
            assert!(message.contains(why) && message.contains(CELEBA[0]), "{message}");
        }
    }
}
