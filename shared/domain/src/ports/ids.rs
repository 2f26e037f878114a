//! Where randomness comes from.

use rand::TryRng;
use rand::rngs::SysRng;
use uuid::Uuid;

/// Draws what must not repeat or be guessed; seeded in simulations.
pub trait Ids: Send + Sync {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);

    /// Draws a random UUID (version 4).
    fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// Draws a number below `bound` without favouring any; 0 when `bound` is 0.
    fn below(&self, bound: u32) -> u32 {
        loop {
            let mut bytes = [0; 4];
            self.fill(&mut bytes);
            let drawn = u64::from(u32::from_le_bytes(bytes));
            let fair = (1_u64 << 32) / u64::from(bound.max(1)) * u64::from(bound.max(1));
            if drawn < fair {
                return u32::try_from(drawn % u64::from(bound.max(1))).unwrap_or(0);
            }
        }
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness there is no safe answer: keep asking, as getrandom(2) itself would.
        while SysRng.try_fill_bytes(bytes).is_err() {}
    }
}
