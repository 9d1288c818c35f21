import Files
import Foundation

/// Files of `torch.save`, which hold pickled Python objects and are not read: a pickle may run any program.
enum PyTorchFile {
  /// Whether a file that begins with these bytes is one: a zip archive, or before PyTorch 1.6 a pickle of protocol 2 to 5.
  static func isOne(_ start: Data) -> Bool {
    start.starts(with: Data("PK\u{3}\u{4}".utf8))
      || start.first == 0x80 && (2...5).contains(start.dropFirst().first ?? 0)
  }

  /// What the file is, and the command that converts one of drnet-py (docs/drnet-py.md).
  static func error(_ url: URL) -> FileError {
    let (old, new) = (url.lastPathComponent, url.deletingPathExtension().lastPathComponent + ".safetensors")
    return FileError(
      url,
      "this is a file of PyTorch, expected safetensors; convert it in the folder of the code that saved it: python3 -c "
        + "\"import torch; from safetensors.torch import save_file; m = torch.load('\(old)', map_location='cpu', "
        + "weights_only=False); save_file({n + '.' + k: v.contiguous() for n in ('netEC', 'netEP', 'netD', 'lstm') if n "
        + "in m for k, v in m[n].state_dict().items()}, '\(new)', metadata={'normalize': str(getattr(m.get('opt'), "
        + "'normalize', False))})\"")
  }
}
