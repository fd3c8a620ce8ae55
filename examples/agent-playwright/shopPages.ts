/** The shop's four pages. */
import type { Order } from './shop.ts'

const STYLE = `
  :root { color-scheme: light; --leaf: #2f6b4f; --ink: #1d2a24; --paper: #f6f4ee; --line: #d9d5c8 }
  * { box-sizing: border-box }
  body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
  header { display: flex; align-items: center; gap: 12px; padding: 18px 32px; background: var(--leaf); color: #fff }
  header b { font-size: 20px; letter-spacing: .02em }
  header span { margin-left: auto; opacity: .85 }
  main { display: grid; grid-template-columns: minmax(0, 1fr) 300px; align-items: start; gap: 32px; max-width: 960px; margin: 32px auto; padding: 0 24px }
  h1 { font-size: 26px; margin: 0 0 16px }
  form, aside, section { background: #fff; border: 1px solid var(--line); border-radius: 12px; padding: 24px }
  label { display: block; margin-bottom: 14px; font-weight: 600; font-size: 14px }
  .row { display: grid; grid-template-columns: 1fr 1fr; gap: 16px }
  input:not([type]), input[type=email], select, textarea { display: block; width: 100%; margin-top: 4px; padding: 10px 12px; font: inherit; font-weight: 400; border: 1px solid var(--line); border-radius: 8px; background: #fff }
  input:focus, select:focus, textarea:focus { outline: 2px solid var(--leaf); outline-offset: 1px }
  button { padding: 12px 22px; font: inherit; font-weight: 600; color: #fff; background: var(--leaf); border: 0; border-radius: 8px; cursor: pointer }
  button:disabled { opacity: .45; cursor: default }
  .code { font-size: 28px !important; letter-spacing: .4em; text-align: center }
  .error { color: #a3341f; font-weight: 600 }
  dt { font-size: 13px; opacity: .7 } dd { margin: 0 0 10px; font-weight: 600 }
  .check { display: flex; gap: 10px; align-items: center } .check input { width: 18px; height: 18px; margin: 0 }
  .sum { display: flex; justify-content: space-between; padding: 6px 0 } .total { border-top: 1px solid var(--line); font-weight: 700; margin-top: 8px; padding-top: 12px }
  @media (max-width: 700px) { main { grid-template-columns: 1fr } .row { grid-template-columns: 1fr } }
`

const BASKET = `<aside aria-label="Basket"><h2 style="margin-top:0">Your basket</h2>
  <div class="sum"><span>Monstera, 17 cm pot</span><span>24.90 €</span></div>
  <div class="sum"><span>Boston fern, 14 cm pot</span><span>12.50 €</span></div>
  <div class="sum"><span>Delivery</span><span>4.90 €</span></div>
  <div class="sum total"><span>Total</span><span>42.30 €</span></div></aside>`

export function orderPage(): string {
  return page(
    'Your order',
    `<form method="post" action="/order"><h1>Where shall we send it?</h1>
      <div class="row"><label>Full name<input name="name" required autocomplete="off"></label><label>E-mail<input type="email" name="email" required autocomplete="off"></label></div>
      <div class="row"><label>Street<input name="street" required autocomplete="off"></label><label>Town<input name="city" required autocomplete="off"></label></div>
      <label>Delivery<select name="delivery"><option>Standard, 3 days</option><option>Express, tomorrow</option><option>Pick-up in the shop</option></select></label>
      <label>Note for the gardener<textarea name="note" rows="3"></textarea></label>
      <button>Continue</button></form>${BASKET}`,
  )
}

export function signInPage(email: string, wrong: boolean): string {
  return page(
    'Sign in',
    `<form method="post" action="/sign-in"><h1>Is it you?</h1>
      <p>We sent a one-time code to the phone that belongs to <b>${escape(email)}</b>.</p>
      <label>Code<input class="code" name="code" inputmode="numeric" maxlength="6" autocomplete="off" autofocus required></label>
      ${wrong ? '<p class="error" role="alert">That is not the code. Have another look.</p>' : ''}
      <button>Sign in</button></form>${BASKET}`,
  )
}

export function reviewPage(order: Order): string {
  const rows = Object.entries({
    Name: order.name,
    'E-mail': order.email,
    Address: `${order.street}, ${order.city}`,
    Delivery: order.delivery,
    Note: order.note || '–',
  })
  return page(
    'Review',
    `<form method="post" action="/place"><h1>Review your order</h1>
      <dl>${rows.map(([label, value]) => `<dt>${label}</dt><dd>${escape(value)}</dd>`).join('')}</dl>
      <label class="check"><input type="checkbox" name="terms" onchange="this.form.querySelector('button').disabled = !this.checked"> I have read the terms</label>
      <button disabled>Place the order</button></form>${BASKET}`,
  )
}

export function placedPage(order: Order, number: string): string {
  return page(
    'Thank you',
    `<section><h1>Thank you, ${escape(order.name)}!</h1><p>Your order number is <b data-testid="order-number">${number}</b>.</p><p>${escape(order.delivery)}.</p></section>${BASKET}`,
  )
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Fern &amp; Field</title><style>${STYLE}</style><header><b>Fern &amp; Field</b><span>Plants by post</span></header><main>${body}</main></html>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
