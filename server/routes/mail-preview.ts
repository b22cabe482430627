import type { RequestHandler } from 'express'
import type { Queryable } from '#db/client.ts'
import { findMailHtml } from '#db/repositories/delivery-reads.ts'
import { mailPolicy } from '../middleware/security-headers.ts'
import { contextOf } from '../middleware/request-context.ts'
import { HttpProblem } from '../problem.ts'

/** Serves one mail's HTML as a page that can do nothing (see `mailPolicy`), to be framed by our own page. */
export function mailPreview(db: Queryable): RequestHandler<{ id: string }> {
  return async (request, response) => {
    contextOf(response).route = '/preview/mail/{id}'
    const { id } = request.params
    const html = /^\d{1,15}$/.test(id) ? await findMailHtml(db, Number(id)) : null
    if (html === null) throw new HttpProblem('DELIVERY_NOT_FOUND', `There is no mail "${id.slice(0, 40)}".`)
    response.set('Content-Security-Policy', mailPolicy).type('html').send(html)
  }
}
