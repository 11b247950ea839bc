//! Many runs beside each other: settings in which they differ, and the last readings of what was measured.

use std::cmp::Ordering;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{RunQuantity, SkippedFile};
use crate::config::{ModelKind, Setting, TrainConfig};
use crate::table::{Cell, Column, Quantity, Table};

/// Quantities beside others that say more.
const DETAILS: [RunQuantity; 8] = [
    RunQuantity::DiscriminatorLossReal,
    RunQuantity::DiscriminatorLossFake,
    RunQuantity::R1,
    RunQuantity::R2,
    RunQuantity::ValidationReconstruction,
    RunQuantity::ValidationSparsity,
    RunQuantity::ValidationInactiveShare,
    RunQuantity::ShuffledRe,
];

/// The last reading of a quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastReading {
    /// [`Quantity::column`].
    pub column: String,
    /// The update after which it was read.
    pub step: usize,
    /// The number.
    pub value: Cell,
}

/// A run among others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The name of its folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its settings, as it began with them.
    pub config: TrainConfig,
    /// Updates done at its last checkpoint.
    pub step: usize,
    /// The last reading of each column of its history.
    pub last: Vec<LastReading>,
}

impl RunRecord {
    /// Whether it has done all of its updates.
    pub fn is_done(&self) -> bool {
        self.step >= self.config.steps
    }

    /// The last reading of a quantity, if there is one.
    pub fn reading(&self, quantity: RunQuantity) -> Option<&LastReading> {
        self.last.iter().find(|reading| reading.column == quantity.about().column)
    }

    /// The last value of a quantity; empty if there is none.
    pub fn value(&self, quantity: RunQuantity) -> Cell {
        self.reading(quantity).map_or(Cell::Empty, |reading| reading.value.clone())
    }

    /// A setting as a number, or as the command line takes it; empty where the run has none.
    pub fn setting(&self, setting: Setting) -> Cell {
        if !setting.belongs_to(self.config.model.kind) {
            return Cell::Empty;
        }
        let Some(text) = setting.text(&self.config) else { return Cell::Empty };
        text.parse::<f64>().map_or(Cell::Text(text), Cell::from)
    }
}

/// The runs in a folder, ordered by the settings in which they differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunSet {
    /// The folder.
    pub folder: PathBuf,
    /// The runs in it.
    pub runs: Vec<RunRecord>,
    /// Folders of runs that cannot be read.
    pub unreadable: Vec<SkippedFile>,
}

impl RunSet {
    /// The runs of a folder, put in order.
    pub fn new(folder: PathBuf, runs: Vec<RunRecord>, unreadable: Vec<SkippedFile>) -> Self {
        let mut set = RunSet { folder, runs, unreadable };
        let varying = set.varying();
        let key = |run: &RunRecord| varying.iter().map(|setting| run.setting(*setting)).collect::<Vec<_>>();
        set.runs.sort_by(|a, b| {
            let settings = key(a).into_iter().zip(key(b)).map(|(a, b)| by_value(&a, &b));
            settings.fold(Ordering::Equal, Ordering::then).then_with(|| a.name.cmp(&b.name))
        });
        set
    }

    /// Settings in which those of the runs differ that have them; seeds are last.
    pub fn varying(&self) -> Vec<Setting> {
        let differs = |setting: &Setting| {
            let having = self.runs.iter().filter(|run| setting.belongs_to(run.config.model.kind));
            let mut texts = having.map(|run| setting.text(&run.config));
            let first = texts.next();
            texts.any(|text| Some(text) != first)
        };
        let mut varying: Vec<Setting> = Setting::ALL.iter().copied().filter(differs).collect();
        varying.sort_by_key(|setting| *setting == Setting::Seed);
        varying
    }

    /// Quantities that at least one of the runs has a reading of, but for the settings among them.
    pub fn quantities(&self) -> Vec<RunQuantity> {
        let has = |quantity: &RunQuantity| {
            !quantity.is_setting() && self.runs.iter().any(|run| run.value(*quantity) != Cell::Empty)
        };
        RunQuantity::ALL.iter().copied().filter(has).collect()
    }

    /// Quantities measured on validation images, and where there is no encoder to measure, those of the two sides of
    /// adversarial training.
    pub fn measured(&self) -> Vec<RunQuantity> {
        let is_blind = self.runs.iter().any(|run| !run.config.model.kind.has_encoder());
        let of_sides = |quantity: &RunQuantity| {
            quantity.applies_to(ModelKind::Dcgan) && !quantity.applies_to(ModelKind::Ae)
        };
        let mut quantities = self.quantities();
        quantities.retain(|quantity| quantity.is_measured() || (is_blind && of_sides(quantity)));
        quantities
    }

    /// The measured quantities that runs are compared by: not those that follow from others or tell why.
    pub fn compared(&self) -> Vec<RunQuantity> {
        let mut quantities = self.measured();
        quantities.retain(|quantity| !DETAILS.contains(quantity));
        quantities
    }

    /// The runs as a table: name, settings that vary, updates done, quantities that runs are compared by.
    pub fn table(&self, title: &str) -> Table {
        let (varying, compared) = (self.varying(), self.compared());
        let column = |setting: &Setting| {
            let is_numeric = self.runs.iter().all(|run| !matches!(run.setting(*setting), Cell::Text(_)));
            let about = setting_quantity(*setting);
            let key = setting.option().to_owned();
            Column { key, is_numeric, decimals: 0, ..about.in_column() }
        };
        let mut columns = vec![Column::text("Run")];
        columns.extend(varying.iter().map(column));
        columns.push(Column::count("Steps"));
        columns.extend(compared.iter().map(|quantity| quantity.about().in_column()));
        let row = |run: &RunRecord| {
            let mut cells = vec![Cell::Text(run.name.clone())];
            // With all their digits: 0.001 is not 0.
            cells.extend(varying.iter().map(|setting| match run.setting(*setting) {
                Cell::Number(number) => Cell::Text(number.to_string()),
                cell => cell,
            }));
            cells.push(run.step.into());
            cells.extend(compared.iter().map(|quantity| run.value(*quantity)));
            cells
        };
        let rows = self.runs.iter().map(row).collect();
        Table { title: title.to_owned(), columns, rows, notes: self.notes() }
    }

    /// Sentences that belong beside the numbers.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.runs.iter().any(|run| run.reading(RunQuantity::ValidationLoss).is_some()) {
            notes.push(
                "Measured on validation images when a run was last measured; the loss has each run's own weights in it"
                    .to_owned(),
            );
        }
        let going: Vec<&str> =
            self.runs.iter().filter(|run| !run.is_done()).map(|run| run.name.as_str()).collect();
        if !going.is_empty() {
            let some = going.iter().take(5).copied().collect::<Vec<_>>().join(", ");
            let more = if going.len() > 5 { format!(" and {} more", going.len() - 5) } else { String::new() };
            notes.push(format!("Not done yet: {some}{more}"));
        }
        let unread = |file: &SkippedFile| format!("{} is left out, {}", file.path.display(), file.reason);
        notes.extend(self.unreadable.iter().map(unread));
        notes
    }
}

/// A setting as a column among quantities, by its flag: some quantities are called like settings.
pub fn setting_quantity(setting: Setting) -> Quantity {
    Quantity::new(setting.flag(), setting.label(), setting.about())
}

/// Numbers by size, before words by letters; nothing is last.
fn by_value(a: &Cell, b: &Cell) -> Ordering {
    let rank = |cell: &Cell| match cell {
        Cell::Number(_) | Cell::Infinite => 0,
        Cell::Text(_) => 1,
        Cell::Empty => 2,
    };
    match (a, b) {
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        (a, b) => match (a.number(), b.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => rank(a).cmp(&rank(b)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults_of;

    fn run(kind: ModelKind, change: impl FnOnce(&mut TrainConfig)) -> RunRecord {
        let mut config = defaults_of(kind).completed();
        change(&mut config);
        let name = format!("{}-{}-{}", config.model.label(), config.kl_weight, config.seed);
        RunRecord { folder: name.clone().into(), name, config, step: 20_000, last: Vec::new() }
    }

    fn read(mut run: RunRecord, values: &[(RunQuantity, f64)]) -> RunRecord {
        let reading = |(quantity, value): &(RunQuantity, f64)| {
            let column = quantity.about().column.to_owned();
            LastReading { column, step: 500, value: (*value).into() }
        };
        run.last = values.iter().map(reading).collect();
        run
    }

    #[test]
    fn settings_that_vary_are_those_that_runs_which_have_them_differ_in() {
        let vae = |weight: f64, seed| {
            run(ModelKind::Vae, |config| {
                config.kl_weight = weight;
                config.seed = seed;
            })
        };
        let runs = vec![vae(10.0, 0), vae(0.5, 1), vae(10.0, 1), vae(0.5, 0)];
        let set = RunSet::new("runs".into(), runs, Vec::new());
        assert_eq!(set.varying(), [Setting::KlWeight, Setting::Seed]);
        let names: Vec<&str> = set.runs.iter().map(|run| run.name.as_str()).collect();
        assert_eq!(names, ["VAE-0.5-0", "VAE-0.5-1", "VAE-10-0", "VAE-10-1"], "by size, seeds fastest");
        // An AE has no KL weight: among one VAE and one AE it does not vary.
        let set = RunSet::new("runs".into(), vec![vae(3.0, 0), run(ModelKind::Ae, |_| ())], Vec::new());
        assert_eq!(set.varying(), [Setting::Kind]);
        assert_eq!(set.runs[0].setting(Setting::KlWeight), Cell::Empty);
        assert_eq!(set.runs[1].setting(Setting::KlWeight), Cell::Number(3.0));
    }

    #[test]
    fn the_table_has_what_was_measured_and_the_sides_of_a_gan_where_nothing_can_be() {
        let some = [
            (RunQuantity::ValidationLoss, 30.5),
            (RunQuantity::ShuffledRe, 0.1),
            (RunQuantity::Loss, 1.0),
            (RunQuantity::KlWeight, 1.0),
        ];
        let vae = read(run(ModelKind::Vae, |_| ()), &some);
        let mut set = RunSet::new("runs".into(), vec![vae.clone()], Vec::new());
        assert_eq!(
            set.quantities(),
            [RunQuantity::Loss, RunQuantity::ValidationLoss, RunQuantity::ShuffledRe]
        );
        assert_eq!(set.measured(), [RunQuantity::ValidationLoss, RunQuantity::ShuffledRe]);
        assert_eq!(set.compared(), [RunQuantity::ValidationLoss]);
        let gan = read(run(ModelKind::Dcgan, |_| ()), &[(RunQuantity::DReal, 0.5), (RunQuantity::Loss, 2.0)]);
        set.runs.push(gan);
        assert_eq!(set.compared(), [RunQuantity::DReal, RunQuantity::ValidationLoss]);
        set.runs[1].step = 7;
        let table = set.table("Runs");
        let heads: Vec<&str> = table.columns.iter().map(|column| column.key.as_str()).collect();
        let sides = ["d_real", "validation_loss"];
        assert!(heads.starts_with(&["run", "model"]) && heads.ends_with(&sides), "{heads:?}");
        assert!(table.notes.iter().any(|note| note.contains("Not done yet: DCGAN")), "{:?}", table.notes);
    }
}
