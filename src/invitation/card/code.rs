//! QR codes (ISO/IEC 18004): on a terminal, as PNG and as a path of SVG.

use fast_qr::{ECL, QRBuilder, QRCode};

/// Light modules on each side of the code (ISO/IEC 18004 6.3.8).
const QUIET: usize = 4;

/// Least pixels of a picture's side.
const LEAST_SIDE: usize = 300;

/// What a terminal can show a QR code with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Half blocks, black on white whatever the terminal's own colours are.
    Colors,
    /// Half blocks without colour: right on a dark terminal. On a light one the code is inverted,
    /// which telephones read and some other readers don't.
    Blocks,
    /// `##` for light modules, likewise, where there are no half blocks.
    Ascii,
}

/// A QR code with its quiet zone.
pub(super) struct Code(QRCode);

impl Code {
    /// None for a text of more than 2331 bytes.
    pub(super) fn of(text: &str) -> Option<Self> {
        QRBuilder::new(text).ecl(ECL::M).build().ok().map(Self)
    }

    /// Modules of a side, quiet zone included.
    pub(super) fn side(&self) -> usize {
        self.0.size + 2 * QUIET
    }

    /// Whether a module is dark; none is outside.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|&at| at < self.0.size);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.0[y].get(x).is_some_and(|module| module.value()),
            _ => false,
        }
    }

    /// The code for a terminal; each line ends with LF.
    pub(super) fn on_terminal(&self, ink: Ink) -> String {
        let rows = match ink {
            Ink::Ascii => 1,
            Ink::Colors | Ink::Blocks => 2,
        };
        let lines = (0..self.side()).step_by(rows).map(|y| {
            let cells: String = (0..self.side()).map(|x| self.cell(x, y, ink)).collect();
            match ink {
                // Colours of the 256 that themes leave alone, not the 16 that they change.
                Ink::Colors => format!("\x1b[38;5;16;48;5;231m{cells}\x1b[0m\n"),
                Ink::Blocks | Ink::Ascii => cells + "\n",
            }
        });
        lines.collect()
    }

    fn cell(&self, x: usize, y: usize, ink: Ink) -> &'static str {
        let (upper, lower) = (self.is_dark(x, y), self.is_dark(x, y + 1));
        let (upper, lower) = match ink {
            Ink::Ascii if upper => return "  ",
            Ink::Ascii => return "##",
            Ink::Colors => (upper, lower),
            Ink::Blocks => (!upper, !lower && y + 1 < self.side()),
        };
        match (upper, lower) {
            (true, true) => "█",
            (true, false) => "▀",
            (false, true) => "▄",
            (false, false) => " ",
        }
    }

    /// Black and white PNG.
    pub(super) fn png(&self) -> Option<Vec<u8>> {
        let scale = LEAST_SIDE.div_ceil(self.side());
        let side = self.side() * scale;
        let mut pixels = Vec::new();
        for y in 0..side {
            let is_light = |x: usize| x >= side || !self.is_dark(x / scale, y / scale);
            pixels.extend((0..side).step_by(8).map(|x| {
                let bits = (x..x + 8).map(|x| u8::from(is_light(x)));
                bits.fold(0, |byte, bit| byte << 1 | bit)
            }));
        }
        encode(&pixels, u32::try_from(side).ok()?).ok()
    }

    /// The dark modules as data of an SVG path, one unit each.
    pub(super) fn path(&self) -> String {
        let modules = (0..self.side()).flat_map(|y| (0..self.side()).map(move |x| (x, y)));
        let dark = modules.filter(|&(x, y)| self.is_dark(x, y));
        dark.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect()
    }
}

/// A square picture of one bit each pixel, lines filled up to whole bytes.
fn encode(pixels: &[u8], side: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}
