//! Directions, edits and faces made of others on Explore, and searches for codes on Reconstruct, found by role and
//! label, with a worker's events fed by hand.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/window.rs"]
mod window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

use morphospace::config::ModelKind;
use morphospace::gui::cli_line;
use morphospace::worker::protocol::{
    Answer, Command, Direction, DirectionMethod, DirectionQuality, DirectionScore, Event, FaceSource,
    InversionProgress, Job, JobEvent, Leak, ModelInfo, Query, Slot,
};

use window::{LATENT_DIM, Window, answer, metrics, model, photo, picture};

fn direction(name: &str, dim: usize) -> Direction {
    let mut vector = vec![0.0; LATENT_DIM];
    vector[dim] = 2.0;
    let quality = DirectionQuality {
        score: DirectionScore::Auc(0.9),
        n: 200,
        change: 0.8,
        leak: vec![Leak { name: "age".into(), change: -0.1 }],
    };
    Direction {
        name: name.into(),
        method: DirectionMethod::Attributes,
        vector,
        quality: Some(quality),
        variance: None,
        range: Some([-2.0, 2.5]),
    }
}

/// A window with a model that has two directions, and what it was asked at the start answered.
fn with_directions() -> Window {
    let mut window = Window::open(Vec::new());
    let Event::ModelOpened(info) = model(1, "Faces") else { panic!("a model") };
    let directions = vec![direction("smile", 0), direction("glasses", 1)];
    window.tell(Event::ModelOpened(Box::new(ModelInfo { directions, ..*info })));
    window.answer_all();
    window
}

/// Answers what was asked. Returns the offsets that the large picture was last asked with.
fn offsets(window: &mut Window) -> Option<Vec<Vec<f32>>> {
    let mut last = None;
    loop {
        let asked = window.asked();
        if asked.is_empty() {
            return last;
        }
        for (slot, request, query) in asked {
            window.reply(request, Event::Answered { slot, answer: answer(&query) });
            if let (Slot::Explore, Query::Edit { offsets, .. }) = (slot, query) {
                last = Some(offsets);
            }
        }
    }
}

fn set_amount(window: &mut Window, name: &str, amount: f64) {
    window.harness.get_by_role_and_label(Role::Slider, name).set_value_accesskit(amount);
    window.harness.run_steps(3);
}

#[test]
fn a_direction_moves_the_code_by_its_vector_and_the_edit_stays_with_another_face() {
    let mut window = with_directions();
    window.harness.get_by_role_and_label(Role::Slider, "smile");
    set_amount(&mut window, "smile", 1.5);
    assert_eq!(offsets(&mut window).unwrap(), [[3.0, 0.0, 0.0, 0.0, 0.0, 0.0]]);
    window.answer_all();
    window.key(Modifiers::NONE, Key::R);
    assert_eq!(offsets(&mut window).unwrap()[0][0], 3.0, "another face, the same edit");
    window.answer_all();
    // Without edits beside it, once the divider is wanted.
    window.click(Role::CheckBox, "Before and after");
    assert_eq!(offsets(&mut window).unwrap()[1], [0.0; LATENT_DIM]);
    window.answer_all();
    window.harness.get_by_label("Divider of the face without and with edits");
    window.click(Role::Button, "Clear edits");
    assert_eq!(offsets(&mut window), None);
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(offsets(&mut window).unwrap()[0][0], 3.0);
}

#[test]
fn a_direction_is_typed_searched_and_selected_for_the_row() {
    let mut window = with_directions();
    window.click(Role::Button, "Select glasses");
    window.harness.get_by_label("Along glasses");
    let row = window.asked().into_iter().find(|(slot, ..)| *slot == Slot::Traversal).unwrap();
    let Query::Edit { offsets, .. } = row.2 else { panic!("{:?}", row.2) };
    let along: Vec<f32> = offsets.iter().map(|offset| offset[1]).collect();
    assert_eq!(along, [-6.0, -4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5, 6.0]);
    window.harness.get_by_label("Find a direction or a dimension").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("Find a direction or a dimension").type_text("smi");
    window.harness.run_steps(3);
    assert!(window.harness.query_by_role_and_label(Role::Slider, "glasses").is_none());
    window.harness.get_by_role_and_label(Role::Slider, "smile");
}

#[test]
fn what_is_held_is_in_the_copied_command() {
    let mut window = with_directions();
    window.click(Role::CheckBox, "Hold glasses");
    set_amount(&mut window, "smile", -1.0);
    let line = cli_line::face(window.harness.state().state()).unwrap();
    assert!(line.contains("directions apply") && line.contains("--set smile=-1 --hold glasses"), "{line}");
    assert!(line.contains("--code=0.5,0.5,0.5,0.5,0.5,0.5"), "{line}");
}

#[test]
fn a_direction_of_ones_own_is_made_and_kept() {
    let mut window = with_directions();
    window.harness.get_by_label("New direction").click();
    window.harness.run_steps(3);
    window.click(Role::RadioButton, "Own faces");
    window.click(Role::Button, "With this face");
    window.click(Role::Button, "Without this face");
    window.harness.get_by_label("Name of the direction").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("Name of the direction").type_text("smile");
    window.harness.run_steps(2);
    window.click(Role::Button, "Make");
    let (_, request, query) = window.asked().into_iter().find(|(slot, ..)| *slot == Slot::Direction).unwrap();
    let Query::Difference { with, without, .. } = query else { panic!("{query:?}") };
    assert!(matches!((&with[..], &without[..]), ([FaceSource::Point(_)], [FaceSource::Point(_)])));
    let answer = Answer::Direction(vec![0.25; LATENT_DIM]);
    window.reply(request, Event::Answered { slot: Slot::Direction, answer });
    let kept = saved(&window).unwrap();
    assert_eq!(names(&kept), ["smile", "glasses", "smile 1"], "a name is not taken twice");
}

fn names(directions: &[Direction]) -> Vec<&str> {
    directions.iter().map(|direction| direction.name.as_str()).collect()
}

/// The directions that the worker was last told to keep.
fn saved(window: &Window) -> Option<Vec<Direction>> {
    window.commands().into_iter().rev().find_map(|command| match command {
        Command::SaveDirections { directions, .. } => Some(directions),
        _ => None,
    })
}

#[test]
fn directions_are_found_by_a_job() {
    let mut window = with_directions();
    window.harness.get_by_label("New direction").click();
    window.harness.run_steps(3);
    window.click(Role::RadioButton, "SeFa");
    window.click(Role::Button, "Find directions");
    let started = window.requests.try_iter().find_map(|request| match request.command {
        Command::Start(Job::FitDirections(order)) => Some((request.id, order)),
        _ => None,
    });
    let (job, order) = started.unwrap();
    assert_eq!((order.method, order.data), (DirectionMethod::Sefa, None));
    window.reply(job, Event::Job(JobEvent::Started { title: "Finding directions".into() }));
    window.harness.get_by_label("Finding directions");
    window.reply(job, Event::Job(JobEvent::Cancelled));
    window.click(Role::Button, "Find directions");
}

#[test]
fn children_take_after_the_faces_that_one_likes() {
    let mut window = with_directions();
    window.click(Role::RadioButton, "Breed");
    window.answer_all();
    window.click(Role::Button, "Child 2");
    window.click(Role::Button, "Next generation");
    let asked = window.asked();
    let (_, _, query) = asked.into_iter().rfind(|(slot, ..)| *slot == Slot::Blend).unwrap();
    let Query::Decode { codes, .. } = query else { panic!("{query:?}") };
    let parent = window.harness.state().state().explore().unwrap().samples.as_ref().unwrap().codes[1].clone();
    assert_eq!((codes.len(), &codes[0]), (24, &parent), "the parent stays in front");
    assert!(codes[1..].iter().all(|code| *code != parent));
}

#[test]
fn a_mixture_takes_over_what_is_marked_from_the_other_face() {
    let mut window = with_directions();
    window.click(Role::RadioButton, "Mix");
    window.click(Role::Button, "A this face");
    window.click(Role::Button, "Sample 3");
    let asked = window.asked();
    let (_, _, query) = asked.into_iter().rfind(|(slot, ..)| *slot == Slot::Blend).unwrap();
    let Query::Blend { faces, sums, .. } = query else { panic!("{query:?}") };
    assert_eq!((faces.len(), sums.len()), (2, 1));
    let [of_a, of_b] = &sums[0][..] else { panic!("{sums:?}") };
    assert!(of_a.iter().zip(of_b).all(|(a, b)| a + b == 1.0));
    // The upper half of the numbers, those that tell most: 1, 2 and 3.
    assert_eq!(of_b, &[0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    window.click(Role::RadioButton, "A − B + C");
    window.click(Role::Button, "Sample 1");
    window.answer_all();
    window.click(Role::Button, "Explore the result");
    assert_eq!(window.values(), [0.5; LATENT_DIM]);
}

#[test]
fn a_photo_is_sought_in_a_model_without_an_encoder_and_refined_in_others() {
    let mut window = Window::with_model();
    let Event::ModelOpened(mut gan) = model(2, "Gan") else { panic!("a model") };
    gan.config.kind = ModelKind::Dcgan;
    window.tell(Event::ModelOpened(gan));
    window.tell(photo(7, "/photos/me.png"));
    let sought: Vec<Slot> = window.asked().into_iter().map(|(slot, ..)| slot).collect();
    assert!(sought.contains(&Slot::Invert(2)) && !sought.contains(&Slot::Invert(1)), "{sought:?}");
    window.click(Role::CheckBox, "Refine with Faces");
    let (_, request, query) = window.asked().into_iter().find(|(slot, ..)| *slot == Slot::Invert(1)).unwrap();
    let Query::Invert { config, .. } = query else { panic!("{query:?}") };
    let news = |step| {
        let (input, output) = (picture(), picture());
        let news = InversionProgress {
            step,
            steps: config.steps,
            input,
            noisy: None,
            output,
            difference: vec![0.0; 32 * 32],
            code: vec![4.5; LATENT_DIM],
            residual: Vec::new(),
            start: metrics(18.0),
            metrics: metrics(21.0),
            curve: vec![0.02; step + 1],
            prior_distance: 0.9,
            seconds: 0.5,
        };
        Event::Answered { slot: Slot::Invert(1), answer: Answer::Inversion(Box::new(news)) }
    };
    window.reply(request, news(40));
    window.harness.get_by_label_contains("40 of 100");
    window.reply(request, news(100));
    window.harness.get_by_label_contains("100 steps");
    window.click(Role::CheckBox, "Refine with Faces");
    assert!(window.commands().contains(&Command::Withdraw(Slot::Invert(1))));
    assert!(window.harness.query_by_label_contains("100 steps").is_none());
}
