//! Devices that compute: the one place that opens one and says why it is not the one that was hoped for.
//!
//! Each [`Compute`] is a handle of its own on its device, with its own queue of work (a CUDA stream), and is used
//! by one thread at a time. Tensors never go from one handle to another but through the processor's memory, as
//! plain numbers or as a checkpoint: so two handles on one card need not wait for each other.
//!
//! Who computes where: long jobs (training, measuring) on what was chosen; the pictures that a person explores
//! always on the processor. There one takes about a millisecond (`morphospace bench decode`), which is less than
//! a training step on a card, behind whose kernels it would have to queue; the processor has little to do
//! while a card trains; and no memory of the card is taken from the run.

#[cfg(feature = "cuda")]
mod cuda;
mod memory;
mod pool;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Device, Tensor};

use crate::config::{DeviceChoice, DeviceConfig, Precision};
use crate::error::{Error, Result, without_backtrace};
use crate::nn::multiply_in;
use crate::ranks::local_rank;

pub use memory::{DeviceMemory, is_out_of_memory};
pub use pool::in_pool;

/// An open device.
#[derive(Clone)]
pub struct Compute {
    device: Device,
    name: String,
    precision: Precision,
    /// Updates to the one that finds the memory full, see [`Compute::full_after`].
    room: Option<Arc<AtomicUsize>>,
}

/// The device that was opened, and why it is not the one that was asked for.
pub struct OpenedDevice {
    /// The device.
    pub compute: Compute,
    /// Why it is the processor, where a card was looked for.
    pub note: Option<String>,
}

impl Compute {
    /// The processor.
    pub fn cpu() -> Self {
        Self::new(Device::Cpu, "CPU".into())
    }

    fn new(device: Device, name: String) -> Self {
        Self { device, name, precision: Precision::F32, room: None }
    }

    /// The processor in the part of a card that has memory for so many updates: for tests of what becomes of a
    /// run whose device has no more.
    #[doc(hidden)]
    pub fn full_after(updates: usize) -> Self {
        let room = Some(Arc::new(AtomicUsize::new(updates)));
        Self { room, ..Self::new(Device::Cpu, "a card that is full".into()) }
    }

    /// Opens what was asked for, and sees it compute. Of several processes of a job on one machine each takes a card of
    /// its own, from the one that was asked for on.
    ///
    /// # Errors
    /// A card that was asked for by name and cannot be used. With [`DeviceChoice::Auto`] the processor takes its
    /// place, and [`OpenedDevice::note`] says why.
    pub fn open(config: DeviceConfig) -> Result<OpenedDevice> {
        let DeviceConfig { device, precision } = config;
        let opened = match device {
            DeviceChoice::Cpu => OpenedDevice { compute: Self::cpu(), note: None },
            DeviceChoice::Cuda(number) => {
                OpenedDevice { compute: required(cuda(number + local_rank()), "CUDA")?, note: None }
            }
            DeviceChoice::Metal => OpenedDevice { compute: required(metal(), "Metal")?, note: None },
            DeviceChoice::Auto => automatic(),
        };
        let is_known = match precision {
            Precision::F32 => true,
            Precision::Tf32 => opened.compute.device.is_cuda(),
            Precision::Bf16 => !opened.compute.is_cpu(),
        };
        let precision = if is_known { precision } else { Precision::F32 };
        multiply_in(precision);
        Ok(OpenedDevice { compute: Self { precision, ..opened.compute }, ..opened })
    }

    /// The device for candle.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Name, as in "CPU" or "NVIDIA H100 80GB HBM3, TF32".
    pub fn name(&self) -> String {
        match self.precision {
            Precision::F32 => self.name.clone(),
            precision => format!("{}, {}", self.name, precision.label()),
        }
    }

    /// Whether it is the processor.
    pub fn is_cpu(&self) -> bool {
        self.device.is_cpu()
    }

    /// A card's memory, of all programs together; none for the processor, or where it cannot be asked.
    pub fn memory(&self) -> Option<DeviceMemory> {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(card) = &self.device {
            return cuda::memory(card);
        }
        None
    }

    /// Asked before every update: what the device has met while nobody was waiting for it, as when memory was
    /// given back.
    ///
    /// # Errors
    /// The error that the device has met.
    pub fn check(&self) -> candle_core::Result<()> {
        if let Some(room) = &self.room
            && room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
        {
            candle_core::bail!("DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")");
        }
        #[cfg(feature = "cuda")]
        if let Device::Cuda(device) = &self.device {
            return cuda::check(device);
        }
        Ok(())
    }

    /// Lets other programs have the memory of a card that is kept for tensors to come.
    pub fn give_memory_back(&self) {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(device) = &self.device {
            cuda::give_memory_back(device);
        }
    }

    /// Waits for all the work that was handed to it.
    ///
    /// # Errors
    /// If some of that failed.
    pub fn synchronize(&self) -> Result<()> {
        Ok(self.device.synchronize()?)
    }
}

/// The first kind of card that this build knows and that works, else the processor.
fn automatic() -> OpenedDevice {
    let cpu = |note| OpenedDevice { compute: Compute::cpu(), note };
    let (name, card) = match () {
        () if cfg!(feature = "cuda") => ("CUDA", cuda(local_rank())),
        () if cfg!(feature = "metal") => ("Metal", metal()),
        () => return cpu(None),
    };
    match card {
        Ok(compute) => OpenedDevice { compute, note: None },
        Err(why) => cpu(Some(format!("Computing on the CPU, because {name} cannot be used here: {why}"))),
    }
}

fn required(card: Result<Compute, String>, name: &str) -> Result<Compute> {
    card.map_err(|why| {
        Error::Invalid(format!(
            "{name} cannot be used here: {why}. The device auto or cpu goes on without it"
        ))
    })
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: usize) -> Result<Compute, String> {
    Err("this program was built without it (cargo's feature cuda)".into())
}

#[cfg(feature = "cuda")]
fn cuda(number: usize) -> Result<Compute, String> {
    cuda::check_libraries()?;
    // cudarc panics where a function is missing in a library.
    let device = guarded(|| Device::new_cuda_with_stream(number))
        .map_err(|why| format!("the driver gives no card of the number {number} ({why})"))?;
    let name = cuda::prepare(&device).map_err(|why| format!("the card cannot be asked ({why})"))?;
    check_kernels(&device, &name)?;
    Ok(Compute::new(device, name))
}

fn metal() -> Result<Compute, String> {
    if !cfg!(feature = "metal") {
        return Err("this program was built without it (cargo's feature metal)".into());
    }
    let device = guarded(|| Device::new_metal(0)).map_err(|why| format!("there is no such card ({why})"))?;
    check_kernels(&device, "Metal")?;
    Ok(Compute::new(device, "Metal".into()))
}

/// An old driver opens a device whose first kernel fails.
fn check_kernels(device: &Device, name: &str) -> Result<(), String> {
    let failed =
        |why: String| format!("{name} was found, but does not compute ({why}); its driver may be too old");
    let sum = guarded(|| small_sum(device)).map_err(failed)?;
    let expected = small_sum(&Device::Cpu).map_err(|error| failed(error.to_string()))?;
    if (sum - expected).abs() > 1e-3 * expected.abs() {
        return Err(failed(format!("it says {sum} where {expected} is right")));
    }
    Ok(())
}

/// A product, an exponential and a sum: the kinds of kernel that everything here is made of.
fn small_sum(device: &Device) -> candle_core::Result<f32> {
    let a = Tensor::arange(0f32, 64.0, device)?.affine(0.01, -0.3)?.reshape((8, 8))?;
    a.matmul(&a.t()?)?.exp()?.sum_all()?.to_dtype(DType::F32)?.to_scalar()
}

/// The result of a call; a panic in it is an error as well.
fn guarded<T>(call: impl FnOnce() -> candle_core::Result<T>) -> Result<T, String> {
    // A device that panicked is dropped, whatever state it is in.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(without_backtrace(&error).to_string()),
        Err(payload) => Err(payload
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "no reason given".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(device: DeviceChoice) -> Result<OpenedDevice> {
        Compute::open(DeviceConfig { device, ..DeviceConfig::default() })
    }

    #[test]
    fn the_processor_is_always_there_and_computes() {
        let opened = open(DeviceChoice::Cpu).unwrap();
        assert!(opened.compute.is_cpu() && opened.note.is_none());
        assert_eq!((opened.compute.name(), opened.compute.memory()), ("CPU".into(), None));
        check_kernels(&Device::Cpu, "CPU").unwrap();
    }

    #[test]
    fn what_is_chosen_automatically_computes_and_a_reason_is_given_where_it_is_no_card() {
        let opened = open(DeviceChoice::Auto).unwrap();
        small_sum(opened.compute.device()).unwrap();
        let has_cards = cfg!(any(feature = "cuda", feature = "metal"));
        assert_eq!(opened.note.is_some(), has_cards && opened.compute.is_cpu());
    }

    #[test]
    fn a_card_that_is_not_there_is_refused_with_a_way_out() {
        // No machine has so many.
        let message = open(DeviceChoice::Cuda(999)).err().unwrap().to_string();
        assert!(
            message.starts_with("CUDA cannot be used here: ") && message.contains("auto or cpu"),
            "{message}"
        );
        #[cfg(not(target_os = "macos"))]
        assert!(open(DeviceChoice::Metal).err().unwrap().to_string().contains("built without it"));
    }

    #[test]
    fn a_panic_is_a_reason() {
        assert_eq!(guarded(|| Ok(1)), Ok(1));
        assert_eq!(guarded(|| -> candle_core::Result<()> { panic!("number {}", 7) }), Err("number 7".into()));
        assert_eq!(guarded(|| -> candle_core::Result<()> { candle_core::bail!("no") }), Err("no".into()));
    }
}
