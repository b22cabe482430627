/** `/a/<token>`: an asset's page. Pressing its button counts as a download; `/d/<token>` is the file itself, for a day. */
import { pipeline } from 'node:stream/promises'
import { Router, type Request, type Response } from 'express'
import { openFile } from '#activities/assets/file-store.ts'
import { takeAsset } from '#activities/assets/take-asset.ts'
import { linkTo } from '#activities/links/personal-link.ts'
import type { Asset } from '#engine/library.ts'
import { formBody } from './form-body.ts'
import type { PublicFrame, Visit } from './frame.ts'
import { PageProblem } from './problem.ts'
import { onVisit } from './visit.ts'

/** How long the address of a file works. The page of the asset makes a new one whenever it is asked. */
const fileLinkMs = 86_400_000

export function assetRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  router.get('/a/:token', onVisit(frame, 'asset', show))
  router.post('/a/:token', formBody, onVisit(frame, 'asset', take))
  router.get('/d/:token', onVisit(frame, 'file', send))
  return router
}

/** The asset a visit is about: named by the token, or the one its message was about. */
export async function assetOfVisit(frame: PublicFrame, { visitor, content }: Visit): Promise<Asset> {
  const library = await frame.library()
  const key = content.subject === '' ? (visitor.delivery?.assetKey ?? '') : content.subject
  const asset = Object.hasOwn(library.assets, key) ? library.assets[key] : undefined
  const today = new Date(frame.now()).toISOString().slice(0, 10)
  if (asset === undefined || visitor.isErased || (asset.expiresOn ?? '9999') < today) throw new PageProblem('gone')
  return asset
}

/** Browsers hold the redirect after the form to the page's policy, which therefore names where it leads. */
function formTargets({ url, file }: Asset): string[] {
  return file === undefined && URL.canParse(url) ? [new URL(url).origin] : []
}

async function show(frame: PublicFrame, visit: Visit, _request: Request, response: Response): Promise<void> {
  const asset = await assetOfVisit(frame, visit)
  await frame.show(response, {
    template: 'asset',
    title: asset.title,
    data: {
      summary: asset.summary ?? '',
      format: asset.format,
      file: asset.file === undefined ? null : { name: asset.file.name, size: readableSize(asset.file.bytes) },
    },
    formTargets: formTargets(asset),
  })
}

/** A person pressed the button: scanners follow links, but send no forms. */
async function take(frame: PublicFrame, visit: Visit, _request: Request, response: Response): Promise<void> {
  const asset = await assetOfVisit(frame, visit)
  const { visitor, content } = visit
  const { id = null, journeyId = null } = visitor.delivery ?? {}
  const isKnown = await takeAsset(frame, {
    leadId: visitor.leadId,
    deliveryId: id,
    journeyId,
    asset,
    act: 'downloaded',
  })
  if (!isKnown) throw new PageProblem('gone')
  if (asset.file === undefined) {
    if (!URL.canParse(asset.url)) throw new PageProblem('gone')
    return response.redirect(303, new URL(asset.url).href)
  }
  const expiresAt = frame.now() + fileLinkMs
  const { pathname } = new URL(
    linkTo(frame.links, 'file', { about: content.about, id: content.id, subject: asset.key, expiresAt }),
  )
  response.redirect(303, pathname)
}

/** Streams the file. Never shown in our origin: always a download, of a known type, that may do nothing. */
async function send(frame: PublicFrame, visit: Visit, request: Request, response: Response): Promise<void> {
  const { file } = await assetOfVisit(frame, visit)
  if (file === undefined || frame.filesFolder === null) throw new PageProblem('gone')
  const opened = await openFile(frame.filesFolder, file)
  if (opened === null) throw new PageProblem('gone')
  response
    .attachment(file.name)
    .type(opened.type)
    .set({
      'Content-Length': String(opened.bytes),
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Robots-Tag': 'noindex, nofollow',
    })
  if (request.method === 'HEAD') response.end()
  else await pipeline(opened.stream(), response)
}

function readableSize(bytes: number): string {
  if (bytes < 1_000_000) return `${String(Math.max(1, Math.round(bytes / 1000)))} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
