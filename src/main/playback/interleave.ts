/** Planar PCM as the interleaved little-endian f32 that devices and WAV files take. */
export const interleave = (channels: readonly Float32Array[]): Buffer => {
  const frames = channels[0]?.length ?? 0
  const bytes = Buffer.alloc(frames * channels.length * Float32Array.BYTES_PER_ELEMENT)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const [channelIndex, channel] of channels.entries())
    for (const [frameIndex, sample] of channel.entries())
      view.setFloat32((frameIndex * channels.length + channelIndex) * 4, sample, true)
  return bytes
}
