//! QR codes: bytes as a square of dark and light modules, for paper and for the screen.
//!
//! The code itself comes from a library; here it becomes a plain value that documents hold and formats draw.

use qrcodegen::{QrCodeEcc, QrSegment};

/// How much of a code may be unreadable before its content is lost. A code that has room left takes a higher level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Correction {
    /// 15 percent: paper that goes by post.
    M,
    /// 25 percent: paper that lies in a file for years.
    Q,
}

/// An encoded QR code.
#[derive(Clone, PartialEq, Eq)]
pub struct QrCode {
    payload: Vec<u8>,
    side: usize,
    /// Row by row.
    dark: Vec<bool>,
}

/// Without the payload, which may be a credential.
impl std::fmt::Debug for QrCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QrCode").field("side", &self.side).finish_non_exhaustive()
    }
}

impl QrCode {
    /// Light modules that must stay free on each side of a code (ISO/IEC 18004).
    pub const QUIET_ZONE: usize = 4;

    /// Encodes a payload byte for byte; capitals, digits and a few signs take less room than other text. `None` where no
    /// code holds as much (2331 bytes at [`Correction::M`], 1663 at [`Correction::Q`]).
    pub fn encode(payload: &[u8], correction: Correction) -> Option<Self> {
        let level = match correction {
            Correction::M => QrCodeEcc::Medium,
            Correction::Q => QrCodeEcc::Quartile,
        };
        let segments = match std::str::from_utf8(payload) {
            Ok(text) => QrSegment::make_segments(text),
            Err(_) => vec![QrSegment::make_bytes(payload)],
        };
        let code = qrcodegen::QrCode::encode_segments(&segments, level).ok()?;
        let places = || 0..code.size();
        let dark: Vec<bool> =
            places().flat_map(|y| places().map(move |x| (x, y))).map(|(x, y)| code.get_module(x, y)).collect();
        Some(Self { payload: payload.to_vec(), side: usize::try_from(code.size()).ok()?, dark })
    }

    /// What a reader of the code gets.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Modules along one side, without the quiet zone.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Whether the module of a column and a row, each from 0, is dark; false outside the code.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        column < self.side && self.dark.get(row * self.side + column).copied().unwrap_or(false)
    }

    /// Neighbouring dark modules of each row as (row, first column, column behind the last).
    pub fn runs(&self) -> Vec<(usize, usize, usize)> {
        let mut runs = Vec::new();
        for row in 0..self.side {
            let mut column = 0;
            while column < self.side {
                let from = column;
                while self.is_dark(column, row) {
                    column += 1;
                }
                if column > from {
                    runs.push((row, from, column));
                }
                column += 1;
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eyes in three corners, as the standard draws them.
    #[test]
    fn every_code_has_its_three_eyes() {
        let code = QrCode::encode(b"7K3QX-9M2PD-4ABCD-EFGHJ", Correction::M).unwrap();
        let eye = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"];
        let far = code.side() - 7;
        for (left, top) in [(0, 0), (far, 0), (0, far)] {
            for (y, row) in eye.iter().enumerate() {
                let drawn: String = (0..7).map(|x| if code.is_dark(left + x, top + y) { '#' } else { '.' }).collect();
                assert_eq!(drawn, *row);
            }
        }
        assert!(!code.is_dark(code.side(), 0) && !code.is_dark(0, code.side()));
    }

    /// Capacities from table 7 of ISO/IEC 18004: 38 capitals and digits fit version 2 at M, 26 bytes too.
    #[test]
    fn capitals_and_digits_take_less_room_than_bytes() {
        let side = |payload: &[u8]| QrCode::encode(payload, Correction::M).unwrap().side();
        assert_eq!(side(&[b'A'; 38]), 25);
        assert_eq!(side(&[b'A'; 39]), 29);
        assert_eq!(side(&[b'a'; 26]), 25);
        assert_eq!(side(&[0xff; 27]), 29);
    }

    #[test]
    fn more_than_the_largest_code_holds_is_told_and_not_cut() {
        assert!(QrCode::encode(&[0xff; 2331], Correction::M).is_some());
        assert!(QrCode::encode(&[0xff; 2332], Correction::M).is_none());
        assert!(QrCode::encode(&[0xff; 1664], Correction::Q).is_none());
    }

    #[test]
    fn runs_cover_the_dark_modules_and_nothing_else() {
        let code = QrCode::encode(&[0xab; 64], Correction::Q).unwrap();
        let mut covered = vec![false; code.side() * code.side()];
        for (row, from, to) in code.runs() {
            for column in from..to {
                assert!(!std::mem::replace(&mut covered[row * code.side() + column], true), "covered twice");
            }
        }
        assert_eq!(covered, code.dark);
        assert!(!format!("{code:?}").contains("171"), "the payload stays out of messages");
    }
}
