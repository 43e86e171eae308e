//! Okabe and Ito's colours, told apart by every eye (Color Universal Design, 2008).

use plotters::style::RGBColor;

/// What is looked at first.
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
/// What is compared with it.
pub const VERMILION: RGBColor = RGBColor(213, 94, 0);
/// A third.
pub const GREEN: RGBColor = RGBColor(0, 158, 115);
/// What stands behind the others: a closed form, an input.
pub const GREY: RGBColor = RGBColor(110, 110, 110);

/// In the order in which series take them.
pub const PALETTE: [RGBColor; 6] =
    [BLUE, VERMILION, GREEN, RGBColor(204, 121, 167), RGBColor(230, 159, 0), RGBColor(86, 180, 233)];
