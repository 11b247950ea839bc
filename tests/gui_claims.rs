//! The claims on the Compare screen, found by role and label, with a worker that the test plays.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/window.rs"]
mod window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

use morphospace::ImageBuf;
use morphospace::config::{Claim, ClaimOrder, DataSource};
use morphospace::gui::cli_line;
use morphospace::report::{Axis, ClaimReport, KeptClaim, Mark, PictureTable, Plot, Series};
use morphospace::table::{Better, Column, Table};
use morphospace::worker::protocol::{Command, Event, Job, JobEvent, JobResult};
use window::Window;

fn report(verdict: &str) -> ClaimReport {
    let series =
        Series { spread: vec![0.01, 0.02], ..Series::new("AE", Mark::Bars, vec![[0.0, 0.9], [1.0, 0.7]]) };
    let names = vec!["smile".to_owned(), "age".to_owned()];
    let columns = vec![Column::text("Model").keyed("name"), Column::measure("AUC", "", Better::Up, 3)];
    let row = |name: &str, auc: f64| vec![name.into(), auc.into()];
    let rows = vec![row("AE", 0.91), row("VAE", 0.88)];
    ClaimReport {
        verdict: vec![verdict.into(), "Measured by the test.".into()],
        measured_on: "On 20 faces.".into(),
        tables: vec![Table { title: "Attributes".into(), columns, rows, notes: Vec::new() }],
        plots: vec![Plot {
            title: "AUC by attribute".into(),
            x: Axis::over("attribute", names),
            y: Axis::of("AUC"),
            series: vec![series],
        }],
        pictures: vec![PictureTable {
            title: "Examples".into(),
            columns: vec!["input".into()],
            rows: vec![("first".into(), vec![ImageBuf::filled(8, 8, [90; 3])])],
        }],
        seconds: 3.0,
    }
}

fn order(claim: Claim) -> ClaimOrder {
    let data = DataSource::BuiltinFaces;
    ClaimOrder { data, models: Vec::new(), quick: true, seed: 0, claim: claim.usual() }
}

/// A window on the claims, with one kept outcome.
fn on_claims() -> Window {
    let mut window = Window::with_model();
    window.key(Modifiers::NONE, Key::Num6);
    window.commands();
    window.click(Role::RadioButton, "Claims");
    assert_eq!(window.commands(), [Command::ListClaims]);
    let (order, report) = (order(Claim::Denoise), report("The DAE removes noise best."));
    window.tell(Event::KeptClaims(vec![KeptClaim {
        order,
        report,
        when: 1,
        models: Vec::new(),
        changed: true,
    }]));
    window
}

#[test]
fn outcomes_are_kept_and_what_is_tested_appears() {
    let mut window = on_claims();
    window.harness.get_by_label("The DAE removes noise best.");
    window.click(Role::Button, "Test Features");
    let (id, job) = window.started();
    assert_eq!(job, Job::TestClaim { order: Box::new(order(Claim::Probes)), keep: true });
    assert!(
        window.harness.query_by_role_and_label(Role::Button, "Test Features").is_none(),
        "once is enough"
    );
    window.harness.get_by_label("Being tested…");
    let found = JobResult::ClaimTested(Box::new(report("Codes tell a smile.")));
    window.reply(id, Event::Job(JobEvent::Finished(found)));
    window.harness.get_by_label("Codes tell a smile.");

    window.click(Role::Button, "Open Features");
    window.harness.get_by_label("Measured by the test.");
    window.harness.get_by_role_and_label(Role::Image, "Plot of AUC over attribute: AE");
    window.harness.get_by_role_and_label(Role::Image, "first, input");
    window.harness.get_by_role_and_label(Role::Row, "Model AE, AUC 0.910");
}

#[test]
fn a_model_that_has_changed_since_is_told_and_the_command_repeats_the_test() {
    let mut window = on_claims();
    window.click(Role::Button, "Noise");
    window.harness.get_by_label_contains("A model has changed");
    let line = cli_line::claim(&order(Claim::Denoise));
    assert_eq!(line, "morphospace experiment denoise --data builtin:faces --quick --out denoise");
    window.click(Role::CheckBox, "Thorough");
    let order = window.harness.state().state().claim_order(Claim::Denoise).unwrap();
    assert!(!order.quick);
    window.click(Role::Button, "All claims");
}

#[test]
fn a_test_of_ticked_models_needs_one() {
    let mut window = on_claims();
    window.click(Role::CheckBox, "The models ticked under Models");
    let order = window.harness.state().state().claim_order(Claim::Sharpness).unwrap();
    assert_eq!(order.models, [std::path::PathBuf::from("Faces")]);
    window.click(Role::RadioButton, "Models");
    window.click(Role::CheckBox, "Faces");
    window.click(Role::RadioButton, "Claims");
    window.harness.get_by_label("Tick at least one model under Models");
}
