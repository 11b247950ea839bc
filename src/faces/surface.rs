//! Samples of surfaces, and what surfaces do with light.

use glam::{BVec4A, Vec3};

use super::wide::{Wide, Wide3, blend};

/// Points of one material.
#[derive(Clone, Copy, Debug)]
pub struct SurfaceSamples {
    /// Normalised, towards the viewer.
    pub normal: Wide3,
    /// Where on the material.
    pub coords: Wide3,
    /// Share of the sky that each sees.
    pub openness: Wide,
    /// Distance between neighbouring samples, in units of picture space.
    pub width: Wide,
    /// 0 in a cast shadow, 1 in the light.
    pub lit: Wide,
    /// Seen from inside.
    pub inside: BVec4A,
}

/// Properties of surfaces under light.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    /// Reflectance.
    pub albedo: Wide3,
    /// Reach of light round into the shade, per channel.
    pub wrap: Wide3,
    /// Strength of the highlight.
    pub gloss: Wide,
    /// Light of its own: reflections painted on.
    pub glow: Wide3,
}

impl Surface {
    /// Matte, and of one kind.
    pub fn matte(albedo: Wide3, wrap: Vec3) -> Self {
        Surface { albedo, wrap: Wide3::all(wrap), gloss: Wide::ZERO, glow: Wide3::all(Vec3::ZERO) }
    }

    /// Covers it with `other`, as far as `cover` says.
    pub fn paint(&mut self, other: &Surface, cover: Wide) {
        self.albedo = self.albedo.lerp(other.albedo, cover);
        self.wrap = self.wrap.lerp(other.wrap, cover);
        self.gloss = blend(self.gloss, other.gloss, cover);
        self.glow = self.glow.lerp(other.glow, cover);
    }

    /// Takes away what `by` says of each channel, as far as `strength` says.
    pub fn darken(&mut self, by: Vec3, strength: Wide) {
        self.albedo = self.albedo * (Wide3::all(by) * (strength * -1.0) + 1.0);
    }
}
