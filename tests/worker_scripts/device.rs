//! Choosing what jobs compute on.

use morphospace::config::{DeviceChoice, DeviceConfig};
use morphospace::worker::protocol::*;
use tempfile::TempDir;

use crate::common::folder_of_pictures;
use crate::common::settings::config;
use crate::script::Script;

fn told(script: &Script, device: DeviceChoice) -> DeviceReport {
    script.send(Command::ComputeOn(DeviceConfig { device, ..DeviceConfig::default() }));
    script.until(|event| match event {
        Event::Device(report) => Some(report),
        _ => None,
    })
}

#[test]
fn a_card_that_is_not_there_stops_jobs_until_something_else_is_chosen() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let script = Script::start();
    let start = |job: JobId| {
        let config = Box::new(config(data.path(), &["--steps", "2"]));
        let work = Job::Train(TrainOrder { config, out: out.path().join(format!("run {job}")) });
        script.start_job(job, work);
        script.job_end(job)
    };
    let report = told(&script, DeviceChoice::Cuda(999));
    let problem = report.problem.unwrap();
    assert!(problem.starts_with("CUDA cannot be used here: "), "{problem}");
    assert_eq!(start(1), JobEvent::Failed { message: problem });
    assert!(!out.path().join("run 1").exists(), "nothing is begun that cannot go on");

    let report = told(&script, DeviceChoice::Cpu);
    assert_eq!((report.name.as_str(), report.problem, report.note), ("CPU", None, None));
    assert!(report.threads.is_some_and(|threads| threads > 0) && report.memory.is_none());
    assert!(matches!(start(2), JobEvent::Finished(_)));
    assert_eq!(script.open_model(ModelSource::File(out.path().join("run 2"))).devices, ["CPU"]);
}
