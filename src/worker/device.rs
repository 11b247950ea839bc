//! The device of the jobs: opened when it is first needed, kept from job to job, and told about.

use std::time::{Duration, Instant};

use super::outbox::Outbox;
use super::protocol::{DeviceReport, Event};
use crate::config::{DeviceChoice, DeviceConfig};
use crate::device::{Compute, OpenedDevice};
use crate::error::Result;

/// Time between two looks at a card's memory.
const PACE: Duration = Duration::from_secs(1);

/// Device of the trainer's thread.
pub struct JobDevice {
    wanted: DeviceConfig,
    open: Option<Compute>,
    told: Option<Instant>,
    outbox: Outbox,
}

impl JobDevice {
    /// Nothing is open yet; without a choice it will be what is there.
    pub fn new(outbox: Outbox) -> Self {
        Self { wanted: DeviceConfig::default(), open: None, told: None, outbox }
    }

    /// Tells about it as replies to another request from now on.
    pub fn serve(&mut self, outbox: Outbox) {
        self.outbox = outbox;
    }

    /// Takes another device, and tells what came of it.
    pub fn choose(&mut self, config: DeviceConfig) {
        (self.wanted, self.open) = (config, None);
        if let Err(error) = self.compute() {
            let name = format!("{} (not usable)", config.device.label());
            let problem = Some(error.to_string());
            self.outbox.send(Event::Device(DeviceReport { name, problem, ..DeviceReport::default() }));
        }
    }

    /// The device, open.
    ///
    /// # Errors
    /// One that was asked for by name and cannot be used.
    pub fn compute(&mut self) -> Result<Compute> {
        if let Some(open) = &self.open {
            return Ok(open.clone());
        }
        let cards = DeviceChoice::of_this_build().len() > 2;
        let may_wait = cards && self.wanted.device != DeviceChoice::Cpu;
        if may_wait {
            // The driver compiles the kernels, and keeps them.
            let what = "Preparing the graphics card (up to a minute, the first time)".into();
            self.outbox.send(Event::Busy { what });
        }
        let opened = Compute::open(self.wanted);
        if may_wait {
            self.outbox.send(Event::Idle);
        }
        let OpenedDevice { compute, note } = opened?;
        self.tell(&compute, note);
        self.open = Some(compute.clone());
        Ok(compute)
    }

    /// Tells how much of a card's memory is taken, about once a second.
    pub fn watch(&mut self, now: Instant) {
        let is_due = self.told.is_none_or(|then| now.duration_since(then) >= PACE);
        if let Some(compute) = self.open.clone().filter(|compute| is_due && !compute.is_cpu()) {
            self.tell(&compute, None);
        }
    }

    /// A job is over: a card's memory is there for others again.
    pub fn rest(&mut self) {
        if let Some(compute) = self.open.clone().filter(|compute| !compute.is_cpu()) {
            compute.give_memory_back();
            self.tell(&compute, None);
        }
    }

    fn tell(&mut self, compute: &Compute, note: Option<String>) {
        self.told = Some(Instant::now());
        let threads = compute.is_cpu().then(rayon::current_num_threads);
        let report =
            DeviceReport { name: compute.name(), threads, memory: compute.memory(), note, problem: None };
        self.outbox.send(Event::Device(report));
    }
}
