import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { Router, type NextFunction, type Request, type Response } from 'express'
import { contextOf } from '../middleware/request-context.ts'
import { pagePolicy } from '../middleware/security-headers.ts'

/** Addresses that are not the page's own. */
const notThePage = /^\/(api|health|ready|preview)(\/|$)/

/**
 * The built page on the same origin as the API. Files with a hash in their name are kept by browsers for ever;
 * any other address that wants HTML gets index.html, so that each screen has its own address.
 */
export function pageRoutes(folder: string): Router {
  const router = Router()
  const index = join(folder, 'index.html')
  const setHeaders = (response: Response, path: string): void => {
    response.set('Content-Security-Policy', pagePolicy)
    const isHashed = path.startsWith(join(folder, 'assets'))
    response.set('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
  }
  router.use((_request: Request, response: Response, next: NextFunction) => {
    contextOf(response).route = 'page'
    next()
  })
  router.use(express.static(folder, { index: false, redirect: false, cacheControl: false, setHeaders }))
  router.get(/.*/, (request: Request, response: Response, next: NextFunction) => {
    const isFile = /\.\w+$/.test(request.path)
    if (notThePage.test(request.path) || isFile || request.accepts('html') === false || !existsSync(index))
      return next()
    setHeaders(response, index)
    response.type('html').sendFile(index, { cacheControl: false })
  })
  return router
}
