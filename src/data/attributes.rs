//! A table of attributes beside images: `attributes.csv`, whose first column names the file and whose
//! others say something of it.

use std::collections::HashMap;
use std::path::Path;

use crate::{Error, Result};

/// The table's name in a folder of images.
pub const FILE_NAME: &str = "attributes.csv";

/// The table, by file name.
pub struct Attributes {
    columns: Vec<String>,
    rows: HashMap<String, Vec<String>>,
}

impl Attributes {
    /// The table of a folder of images.
    ///
    /// # Errors
    /// A sentence that names the file, if it cannot be read or is no table.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        Self::of_file(&folder.join(FILE_NAME))
    }

    /// The table in a file, whatever it is called.
    ///
    /// # Errors
    /// As for [`Attributes::of_folder`].
    pub fn of_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        Self::parse(&text).map_err(|reason| Error::file(path, reason))
    }

    /// Cells are what stands between commas; quotes are not understood, and are refused.
    fn parse(text: &str) -> Result<Self, String> {
        if text.contains('"') {
            return Err("cells in quotes cannot be read; write the table without them".into());
        }
        let cells = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        let mut lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        let columns = lines.next().map(|(_, line)| cells(line)).unwrap_or_default();
        let [_, columns @ ..] = columns.as_slice() else { return Err("the table is empty".into()) };
        if columns.is_empty() {
            return Err("the table has no column besides the file names".into());
        }
        let mut rows = HashMap::new();
        for (number, line) in lines {
            let mut cells = cells(line);
            if cells.len() != columns.len() + 1 {
                return Err(format!(
                    "line {} has {} cells instead of {}",
                    number + 1,
                    cells.len(),
                    columns.len() + 1
                ));
            }
            rows.insert(cells.remove(0), cells);
        }
        Ok(Self { columns: columns.to_vec(), rows })
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
        let message = Attributes::of_folder(folder.path()).err().unwrap().to_string();
        assert!(message.contains("attributes.csv"), "{message}");
        std::fs::write(folder.path().join(FILE_NAME), "file\n").unwrap();
        assert!(Attributes::of_folder(folder.path()).err().unwrap().to_string().contains("no column"));
    }
}
