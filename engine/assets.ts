/** What an asset can be besides an address: an uploaded file, a webinar. */
import { z } from 'zod'

/** Kinds of files that leads are given, by ending: documents, pictures, sound and moving pictures; nothing that runs. */
export const fileTypes = {
  pdf: 'application/pdf',
  epub: 'application/epub+zip',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  txt: 'text/plain',
  csv: 'text/csv',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  zip: 'application/zip',
} as const
export type FileEnding = keyof typeof fileTypes

/** The ending a name has, if files of that kind may be uploaded; null otherwise. */
export function fileEnding(name: string): FileEnding | null {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(fileTypes, ending) ? (ending as FileEnding) : null
}

/** A file in the installation's own store. */
export const assetFileSchema = z.strictObject({
  /** What the lead's copy is called. */
  name: z.string().min(1).max(200),
  /** SHA-256 of its content, in hexadecimal: where it lies. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0),
})
export type AssetFile = z.infer<typeof assetFileSchema>

export const webinarSchema = z.strictObject({
  startsAt: z.iso.datetime({ offset: true, error: 'Write the start like 2027-03-01T17:00:00+01:00.' }),
  minutes: z.int().min(5).max(1440).default(60),
  /** IANA; shown to leads whose own zone is unknown. */
  zone: z.string().max(60).default('UTC'),
  /** Shown to those who registered, and in their calendar. */
  joinUrl: z.url({ protocol: /^https?$/, error: 'Web addresses begin with https:// or http://.' }).max(2000),
})

/** The page of ours that a message's link to the asset leads to; null = straight to its own address. */
export function assetPage(asset: {
  page?: boolean | undefined
  file?: unknown
  webinar?: unknown
}): 'asset' | 'webinar' | null {
  if (asset.webinar !== undefined) return 'webinar'
  return (asset.page ?? asset.file !== undefined) ? 'asset' : null
}
