//! One source, three instruction sets.

use std::sync::OnceLock;

/// Environment variable that holds the kernels of this crate to `portable` code or to `avx2`, on
/// processors that have more. (The `gemm` crate chooses for itself.)
const LIMIT: &str = "MORPHOSPACE_SIMD";

/// What a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// What every processor of the target has: SSE2 on x86-64, NEON on ARM.
    Portable,
    /// AVX2 with FMA.
    Avx2,
    /// AVX-512 F, VL, BW and DQ.
    Avx512,
}

/// The best one that this processor has and [`LIMIT`] allows.
pub fn instruction_set() -> InstructionSet {
    static FOUND: OnceLock<InstructionSet> = OnceLock::new();
    *FOUND.get_or_init(|| detected().min(allowed()))
}

/// The features are those that `simd!` enables.
#[cfg(target_arch = "x86_64")]
fn detected() -> InstructionSet {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq");
    match (avx2, avx512) {
        (true, true) => InstructionSet::Avx512,
        (true, false) => InstructionSet::Avx2,
        (false, _) => InstructionSet::Portable,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> InstructionSet {
    InstructionSet::Portable
}

fn allowed() -> InstructionSet {
    match std::env::var(LIMIT).as_deref() {
        Ok("portable") => InstructionSet::Portable,
        Ok("avx2") => InstructionSet::Avx2,
        Ok("avx512") | Err(_) => InstructionSet::Avx512,
        Ok(other) => {
            eprintln!("{LIMIT}={other} is ignored; it can be portable, avx2 or avx512");
            InstructionSet::Avx512
        }
    }
}

/// Compiles a function for the baseline, for AVX2 with FMA and for AVX-512, and picks at run time.
/// The bodies are plain loops: the compiler vectorises each copy for its instruction set.
macro_rules! simd {
    ($(#[$meta:meta])* pub fn $name:ident($($arg:ident : $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments)]
        pub fn $name($($arg: $ty),*) {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            fn body($($arg: $ty),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                use $crate::nn::simd::{InstructionSet, instruction_set};
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
                #[allow(clippy::too_many_arguments)]
                fn avx512($($arg: $ty),*) { body($($arg),*) }
                #[target_feature(enable = "avx2,fma")]
                #[allow(clippy::too_many_arguments)]
                fn avx2($($arg: $ty),*) { body($($arg),*) }
                match instruction_set() {
                    // SAFETY: it is at most what was detected, and that every feature enabled above was.
                    InstructionSet::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    InstructionSet::Avx2 => return unsafe { avx2($($arg),*) },
                    InstructionSet::Portable => {}
                }
            }
            body($($arg),*)
        }
    };
}
pub(crate) use simd;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_limits_the_instruction_set() {
        let asked = match std::env::var(LIMIT).as_deref() {
            Ok("portable") => InstructionSet::Portable,
            Ok("avx2") => InstructionSet::Avx2,
            _ => InstructionSet::Avx512,
        };
        assert_eq!(instruction_set(), asked.min(detected()));
    }

    /// Runs the tests of `nn` again, held to each lesser instruction set; elsewhere there is but one.
    #[test]
    #[cfg(target_arch = "x86_64")]
    #[cfg_attr(miri, ignore = "starts processes")]
    fn kernels_pass_their_tests_on_every_instruction_set() {
        if std::env::var_os(LIMIT).is_some() {
            return;
        }
        for limit in ["portable", "avx2"] {
            let tests = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["nn::", "--skip", "kernels_pass_their_tests_on_every_instruction_set"])
                .env(LIMIT, limit)
                .output()
                .unwrap();
            let report = String::from_utf8_lossy(&tests.stdout);
            assert!(tests.status.success(), "{limit}:\n{report}");
            let proof = "nn::simd::tests::the_environment_limits_the_instruction_set ... ok";
            assert!(report.contains(proof), "{limit}:\n{report}");
        }
    }
}
