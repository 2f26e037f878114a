// Pictures as a camera takes them, and what is to be seen on them.
const SIDE = { left: 0, right: 1, top: 0, bottom: 1 };
const QUARTERS = ["left top", "right top", "left bottom", "right bottom"];

/// Takes a JPEG whose upper left quarter is red, and the rest blue, and says how the camera was held.
export async function take(width, height, orientation) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = "blue";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "red";
  context.fillRect(0, 0, width / 2, height / 2);
  const jpeg = await canvas.convertToBlob({ type: "image/jpeg" });
  const picture = new Blob([jpeg.slice(0, 2), exif(orientation), jpeg.slice(2)]);
  return new Uint8Array(await picture.arrayBuffer());
}

/// A segment of nothing but an orientation (0x0112), a SHORT.
function exif(orientation) {
  const tiff = [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([0xff, 0xe1, 0, tiff.length + 8, ...new TextEncoder().encode("Exif\0\0"), ...tiff]);
}

/// How large a file of a picture is, and which of its quarters are red.
export async function seenOn(file) {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return seen({ width, height, rgba: context.getImageData(0, 0, width, height).data });
}

/// How large a picture is, and which of its quarters are red.
export function seen({ width, height, rgba }) {
  const isRed = (quarter) => {
    const [x, y] = quarter.split(" ").map((side) => SIDE[side]);
    const at = Math.floor(((1 + 2 * y) * height) / 4) * width + Math.floor(((1 + 2 * x) * width) / 4);
    return rgba[4 * at] > 150 && rgba[4 * at + 2] < 100;
  };
  return { width, height, red: QUARTERS.filter(isRed) };
}
