//! Lines that are cut in the middle of a training, windows that come later, servers that are killed.

use morphospace::remote::link::LineNews;
use morphospace::worker::protocol::*;

use super::place::Place;
use super::training;
use super::window::Window;

#[test]
fn a_training_goes_on_while_the_line_is_cut_and_no_step_is_lost() {
    let place = Place::new();
    let mut window = Window::at(&place);
    let job = window.send(Command::Start(training(&place, 400)));
    for step in [20, 120, 250] {
        window.wait_for_step(job, step);
        place.cut();
        window.wait_for_loss();
        window.wait_for_line();
    }
    let end = window.end_of(job);
    assert!(matches!(end, JobEvent::Finished(JobResult::Trained(_))), "{end:?}");
    assert_eq!(window.steps(job), (1..=400).collect::<Vec<_>>(), "each step once, in order");
    assert!(window.news.iter().all(|news| *news != LineNews::Restarted));
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_between_the_ends_passes_everything() {
    let place = Place::new();
    let mut window = Window::by(&format!("exec script -qfec '{}' /dev/null", place.command()));
    window.wait_for_line();
    let job = window.send(Command::Start(training(&place, 30)));
    let end = window.end_of(job);
    assert!(matches!(end, JobEvent::Finished(JobResult::Trained(_))), "{end:?}");
    assert_eq!(window.steps(job), (1..=30).collect::<Vec<_>>());
}

#[test]
fn without_a_server_of_its_own_a_run_saves_itself_when_the_line_breaks() {
    let place = Place::new();
    let mut window = Window::by(&place.attached_command());
    window.wait_for_line();
    let job = window.send(Command::Start(training(&place, 1_000_000)));
    window.wait_for_step(job, 20);
    drop(window);
    let checkpoint = place.run().join("checkpoint.safetensors");
    let begun = std::time::Instant::now();
    while !checkpoint.is_file() {
        assert!(begun.elapsed() < super::window::PATIENCE, "not saved in time");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn what_is_asked_without_a_line_is_done_when_it_is_back() {
    let place = Place::new();
    let mut window = Window::at(&place);
    place.cut();
    let job = window.send(Command::Start(training(&place, 5)));
    assert!(matches!(window.end_of(job), JobEvent::Finished(_)));
    assert_eq!(window.steps(job), [1, 2, 3, 4, 5], "and done once");
}

#[test]
fn a_second_window_sees_the_run_from_its_beginning_and_looks_on_until_it_takes_control() {
    let place = Place::new();
    let mut first = Window::at(&place);
    let job = first.send(Command::Start(training(&place, 1_000_000)));
    first.wait_for_step(job, 60);
    let mut second = Window::at(&place);
    let (same, order) = second.news(|news| match news {
        LineNews::Job(job, work) => Some((*job, (**work).clone())),
        _ => None,
    });
    assert_eq!(order, training(&place, 1_000_000));
    second.wait_for_step(same, 80);
    let steps = second.steps(same);
    assert_eq!(steps, (1..=steps.len()).collect::<Vec<_>>(), "its curves are whole");

    second.send(Command::Cancel(same));
    let refusal = second.until(|reply| match &reply.event {
        Event::Failed { message } => Some(message.clone()),
        _ => None,
    });
    assert!(refusal.contains("take control"), "{refusal}");
    second.remote.take_control();
    second.news(|news| matches!(news, LineNews::Control { own: true, windows: 2 }).then_some(()));
    first.news(|news| matches!(news, LineNews::Control { own: false, .. }).then_some(()));
    second.send(Command::Cancel(same));
    assert_eq!(second.end_of(same), JobEvent::Cancelled);
    assert_eq!(first.end_of(job), JobEvent::Cancelled, "and the first one hears of it");
}

#[test]
fn a_window_that_closes_leaves_the_run_to_the_next() {
    let place = Place::new();
    let mut window = Window::at(&place);
    let job = window.send(Command::Start(training(&place, 1_000_000)));
    window.wait_for_step(job, 10);
    drop(window);
    let mut next = Window::at(&place);
    let job = next.news(|news| match news {
        LineNews::Job(job, _) => Some(*job),
        _ => None,
    });
    next.wait_for_step(job, 60);
    assert_eq!(next.steps(job)[0], 1);
    next.send(Command::Cancel(job));
    assert_eq!(next.end_of(job), JobEvent::Cancelled, "it gives the commands now");
}

#[test]
fn a_server_that_is_killed_is_started_again_and_the_window_is_told() {
    let place = Place::new();
    let mut window = Window::at(&place);
    let job = window.send(Command::Start(training(&place, 1_000_000)));
    window.wait_for_step(job, 40);
    let job = window.send(Command::Control { job, control: Control::Save });
    window.until(|reply| match reply.event {
        Event::Job(JobEvent::Saved { step, .. }) if step >= 40 => Some(()),
        _ => None,
    });
    place.kill_server();
    window.news(|news| (*news == LineNews::Restarted).then_some(()));
    let resumed = window
        .send(Command::Start(Job::Resume(ResumeOrder { run: place.run(), changes: Changes::default() })));
    assert!(resumed > job);
    window.wait_for_step(resumed, 45);
    assert!(window.steps(resumed)[0] > 1, "it goes on from its checkpoint");
}

#[test]
fn a_server_that_is_asked_to_end_saves_the_run_first() {
    let place = Place::new();
    let mut window = Window::at(&place);
    let job = window.send(Command::Start(training(&place, 1_000_000)));
    window.wait_for_step(job, 30);
    let pattern = format!("serve --listen {}", place.socket.display());
    let asked = std::process::Command::new("pkill").args(["-TERM", "-f", "--", &pattern]).status().unwrap();
    assert!(asked.success());
    let reason = window.news(|news| match news {
        LineNews::Lost { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    assert!(reason.contains("asked to end") || reason.contains("lost"), "{reason}");
    assert!(place.run().join("checkpoint.safetensors").is_file(), "saved");
}
