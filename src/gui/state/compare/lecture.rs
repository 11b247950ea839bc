//! The numbers of the lecture that this program grew from, as a yardstick.

/// What is to be known about them.
pub const ABOUT: &str = "The lecture's numbers were measured on other data, at other sizes of images and models, and \
                         with other Inception features. They are a yardstick, not a rival";

/// RE, PSNR in dB and SSIM of reconstructions, by kind of model, with the lecture's digits.
pub const PIXELS: [(&str, [&str; 3]); 4] = [
    ("AE", ["0.0036", "24.83", "0.807"]),
    ("Sparse AE", ["0.0039", "24.50", "0.795"]),
    ("Denoising AE", ["0.0011", "29.85", "0.939"]),
    ("VAE", ["0.0047", "23.61", "0.778"]),
];

/// FID, precision and recall of draws, by kind of model, with the lecture's digits.
pub const DRAWS: [(&str, [&str; 3]); 3] = [
    ("VAE", ["327.2", "0.0042", "0.0011"]),
    ("DCGAN", ["149.5", "0.0924", "0.0192"]),
    ("VAE-GAN", ["303.6", "0.0040", "0.007"]),
];
