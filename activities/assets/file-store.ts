/** Files that leads are given, by the hash of their content: stored once, never changed, never run. */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileEnding, fileTypes, type AssetFile, type FileEnding } from '#engine/assets.ts'

/** Largest file, in bytes: a long video stays with a video host. */
const maxFileBytes = 200 * 1024 * 1024

/** Thrown for a file that cannot be given to leads. The message says what to do. */
export class FileRefused extends Error {
  readonly code = 'FILE_REFUSED'
}

/** Where a file lies. */
function filePath(folder: string, { hash }: Pick<AssetFile, 'hash'>): string {
  return join(folder, hash.slice(0, 2), hash)
}

/**
 * Takes in a file: streamed, hashed, and moved to its place when it is whole. The same content twice is one file.
 * @param name as the lead's copy is called; a path's last part
 * @throws {FileRefused} for a kind that is not allowed, a content that is not of that kind, or too many bytes
 */
export async function storeFile(folder: string, name: string, content: Readable): Promise<AssetFile> {
  const clean = basename(name).replaceAll(/[\p{Cc}"\\]/gu, '_')
  const ending = fileEnding(clean)
  if (ending === null) {
    const allowed = Object.keys(fileTypes).join(', ')
    throw new FileRefused(`"${clean}" is of no kind that leads are given; use one of ${allowed}.`)
  }
  await mkdir(folder, { recursive: true })
  const temporary = join(folder, `.${randomUUID()}`)
  try {
    const { hash, bytes } = await write(temporary, clean, content)
    await checkContent(temporary, clean, ending)
    const target = filePath(folder, { hash })
    await mkdir(join(target, '..'), { recursive: true })
    await rename(temporary, target)
    return { name: clean, hash, bytes }
  } finally {
    await rm(temporary, { force: true })
  }
}

async function write(path: string, name: string, content: Readable): Promise<{ hash: string; bytes: number }> {
  const digest = createHash('sha256')
  let bytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      digest.update(chunk)
      if (bytes <= maxFileBytes) done(null, chunk)
      else
        done(new FileRefused(`"${name}" has more than ${String(maxFileBytes / 1024 / 1024)} MB; link to it instead.`))
    },
  })
  await pipeline(content, measure, createWriteStream(path, { flags: 'wx', mode: 0o600 }))
  return { hash: digest.digest('hex'), bytes }
}

/** First bytes of kinds that have such; a page of HTML called .pdf is refused. */
const signatures: Partial<Record<FileEnding, readonly string[]>> = {
  pdf: ['25504446'],
  epub: ['504b0304'],
  docx: ['504b0304'],
  xlsx: ['504b0304'],
  pptx: ['504b0304'],
  zip: ['504b0304', '504b0506'],
  png: ['89504e47'],
  jpg: ['ffd8ff'],
  jpeg: ['ffd8ff'],
  mp3: ['494433', 'fffb', 'fff3', 'fff2'],
}

async function checkContent(path: string, name: string, ending: FileEnding): Promise<void> {
  const expected = signatures[ending]
  if (expected === undefined) return
  const file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0).finally(() => file.close())
  const begin = buffer.toString('hex')
  if (!expected.some((signature) => begin.startsWith(signature))) {
    throw new FileRefused(`The content of "${name}" is not what its ending says; save it anew in that format.`)
  }
}

/** A stored file to be streamed; null when it is not there (a restored database without its files). */
export async function openFile(
  folder: string,
  file: AssetFile,
): Promise<{ stream: () => Readable; bytes: number; type: string } | null> {
  const path = filePath(folder, file)
  const found = await stat(path).catch(() => null)
  const ending = fileEnding(file.name)
  if (found === null || ending === null) return null
  return { stream: () => createReadStream(path), bytes: found.size, type: fileTypes[ending] }
}
