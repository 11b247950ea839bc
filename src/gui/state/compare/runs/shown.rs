//! The runs of a folder as they are shown: columns, axes, filters, what is chosen.

use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;

use rust_i18n::t;

use super::scale::Scale;
use crate::config::Setting;
use crate::gui::quantity_words::minus;
use crate::gui::state::compare::sheet::{RowKind, RowRole, Sheet, SheetRow, Sort};
use crate::gui::state::messages::count;
use crate::report::{RunQuantity, RunRecord, RunSet, setting_quantity};
use crate::table::{Cell, Quantity};

/// Quantities that a plot begins with, the first that there is.
const FIRST: [RunQuantity; 3] = [RunQuantity::Psnr, RunQuantity::ValidationLoss, RunQuantity::Loss];
/// A setting or a quantity of all runs, known by [`Quantity::column`].
pub type ColumnId = &'static str;

/// A setting or a quantity of all runs.
#[derive(Clone, Debug, PartialEq)]
pub struct RunColumn {
    /// Its description.
    pub about: Quantity,
    /// Whether it is a setting.
    pub is_setting: bool,
    /// The value of each run.
    pub cells: Vec<Cell>,
    /// Places of the values on an axis.
    pub scale: Scale,
    /// Whether it has an axis among the parallel ones and a column in the table.
    pub is_shown: bool,
}

impl RunColumn {
    fn new(about: Quantity, is_setting: bool, cells: Vec<Cell>, is_shown: bool) -> Self {
        let scale = Scale::of(&cells, is_setting);
        RunColumn { about, is_setting, cells, scale, is_shown }
    }

    /// Its name for other parts of the screen.
    pub fn id(&self) -> ColumnId {
        self.about.column
    }

    /// Number of different values.
    fn distinct(&self) -> usize {
        self.cells.iter().map(|cell| format!("{cell:?}")).collect::<HashSet<String>>().len()
    }

    /// The place of a run's value on its axis.
    pub fn place(&self, run: usize) -> Option<f32> {
        self.scale.place(self.cells.get(run)?)
    }

    /// The value of a run as it is read, with its unit.
    pub fn reading(&self, run: usize) -> String {
        match self.cells.get(run) {
            None | Some(Cell::Empty) => "–".into(),
            Some(Cell::Text(text)) => text.clone(),
            Some(Cell::Number(number)) if self.is_setting => minus(number.to_string()),
            Some(cell) => minus(self.about.brief_with_unit(cell.clone())),
        }
    }
}

/// The runs of a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownRuns {
    /// The runs.
    pub set: RunSet,
    /// Settings in which they differ, then quantities.
    pub columns: Vec<RunColumn>,
    /// The horizontal axis of the scatter.
    pub x: ColumnId,
    /// Its vertical axis.
    pub y: ColumnId,
    /// Colours of lines and points; each run has its own if none.
    pub hue: Option<ColumnId>,
    /// The order of the rows; by settings if none.
    pub sort: Option<Sort>,
    /// Parts of axes that runs have to lie in.
    pub filters: BTreeMap<ColumnId, RangeInclusive<f32>>,
    /// The run that was chosen, by its place in the set.
    pub selected: Option<usize>,
    /// The run under the pointer.
    pub hovered: Option<usize>,
}

impl ShownRuns {
    /// Runs as they are shown at first, or as `before` has them where they were shown.
    pub fn new(set: RunSet, before: Option<ShownRuns>) -> Self {
        let settings = set.varying().into_iter().map(|setting| {
            let cells = set.runs.iter().map(|run| run.setting(setting)).collect();
            RunColumn::new(setting_quantity(setting), true, cells, true)
        });
        let compared = set.compared();
        let quantities = set.quantities().into_iter().map(|quantity| {
            let cells = set.runs.iter().map(|run| run.value(quantity)).collect();
            let shown = compared.contains(&quantity);
            RunColumn::new(*quantity.about(), false, cells, shown)
        });
        let mut columns: Vec<RunColumn> = settings.chain(quantities).collect();
        let has = |columns: &[RunColumn], id: ColumnId| columns.iter().any(|column| column.id() == id);
        // A setting that was varied most says most; seeds say least.
        let varied = |column: &&RunColumn| column.about.column != Setting::Seed.flag() && column.is_setting;
        let most = columns.iter().rev().filter(varied).max_by_key(|column| column.distinct());
        let first = most.or(columns.first()).map_or("", RunColumn::id);
        let y = FIRST.iter().map(|quantity| quantity.about().column).find(|id| has(&columns, id));
        let mut shown = ShownRuns {
            x: first,
            y: y.unwrap_or(first),
            hue: None,
            sort: None,
            filters: BTreeMap::new(),
            selected: None,
            hovered: None,
            columns: Vec::new(),
            set,
        };
        if let Some(before) = before.filter(|before| before.set.folder == shown.set.folder) {
            for column in &mut columns {
                let known = before.columns.iter().find(|other| other.id() == column.id());
                known.iter().for_each(|known| column.is_shown = known.is_shown);
            }
            let kept = |id: ColumnId| has(&columns, id).then_some(id);
            shown.x = kept(before.x).unwrap_or(shown.x);
            shown.y = kept(before.y).unwrap_or(shown.y);
            shown.hue = before.hue.and_then(kept);
            shown.sort = before.sort;
            shown.filters = before.filters.into_iter().filter(|(id, _)| has(&columns, id)).collect();
            let name = before.selected.and_then(|run| Some(before.set.runs.get(run)?.name.clone()));
            shown.selected = name.and_then(|name| shown.set.runs.iter().position(|run| run.name == name));
        }
        ShownRuns { columns, ..shown }
    }

    /// A column.
    pub fn column(&self, id: ColumnId) -> Option<&RunColumn> {
        self.columns.iter().find(|column| column.id() == id)
    }

    /// The columns that have an axis among the parallel ones.
    pub fn axes(&self) -> impl Iterator<Item = &RunColumn> {
        self.columns.iter().filter(|column| column.is_shown)
    }

    /// Whether a run lies in all parts of axes that were chosen.
    pub fn passes(&self, run: usize) -> bool {
        self.filters.iter().all(|(id, part)| {
            let place = self.column(id).and_then(|column| column.place(run));
            place.is_some_and(|place| part.contains(&place))
        })
    }

    /// The runs that pass, by their places in the set.
    pub fn passing(&self) -> impl Iterator<Item = usize> {
        (0..self.set.runs.len()).filter(|run| self.passes(*run))
    }

    /// Chooses a part of an axis; one of next to no length takes the choice back.
    pub fn filter(&mut self, id: ColumnId, from: f32, to: f32) {
        let part = from.min(to)..=from.max(to);
        match part.end() - part.start() > 0.01 {
            true => self.filters.insert(id, part),
            false => self.filters.remove(id),
        };
    }

    /// The runs that pass, as they are written to a file.
    pub fn passing_set(&self) -> RunSet {
        let runs = self.passing().map(|run| self.set.runs[run].clone()).collect();
        RunSet { runs, ..self.set.clone() }
    }

    /// The table of the runs that pass.
    pub fn sheet(&self) -> Sheet {
        let axes: Vec<&RunColumn> = self.axes().collect();
        let cell = |column: &RunColumn, run: usize| match &column.cells[run] {
            // With all its digits: 0.001 is not 0.
            Cell::Number(number) if column.is_setting => Cell::Text(number.to_string()),
            cell => cell.clone(),
        };
        let row = |run: usize| {
            let record = &self.set.runs[run];
            let step = steps_of(record);
            let help = vec![record.name.clone(), record.folder.display().to_string(), step.clone()];
            let facts = if record.is_done() { String::new() } else { step };
            let cells = axes.iter().map(|column| cell(column, run)).collect();
            SheetRow { name: record.name.clone(), facts, help, role: RowRole::Measured, cells }
        };
        let (all, passing) = (self.set.runs.len(), self.passing().count());
        let caption = match passing == all {
            true => t!("%{runs} in %{folder}", runs = runs_in_words(all), folder = self.set.folder.display()),
            false => t!(
                "%{passing} of %{runs} in %{folder}",
                passing = passing,
                runs = runs_in_words(all),
                folder = self.set.folder.display()
            ),
        }
        .into_owned();
        let sheet = Sheet {
            title: "Runs",
            caption,
            rows_are: RowKind::Run,
            heads: axes.iter().map(|column| column.about).collect(),
            rows: self.passing().map(row).collect(),
            notes: self.set.notes(),
        };
        sheet.sorted(self.sort)
    }

    /// A run in a few words: the settings that set it apart.
    pub fn settings_of(&self, run: usize) -> String {
        let settings = self.columns.iter().filter(|column| column.is_setting);
        let word = |column: &RunColumn| format!("{} {}", column.about.label, column.reading(run));
        settings.map(word).collect::<Vec<_>>().join(" · ")
    }
}

/// Updates that a run has done, in words.
pub fn steps_of(run: &RunRecord) -> String {
    t!("step %{step} of %{all}", step = count(run.step), all = count(run.config.steps)).into_owned()
}

/// Number of runs in words, as in "3 runs".
pub fn runs_in_words(runs: usize) -> String {
    if runs == 1 { t!("1 run") } else { t!("%{n} runs", n = count(runs)) }.into_owned()
}
