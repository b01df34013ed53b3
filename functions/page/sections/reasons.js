// Translations of the reasons of rejections. A code without one is shown in the service's words.

import { formatNumber, getLanguage } from "../text.js";

// By code. `template` has the names of the reason's parameters; `text` is for a reason without them, as
// earlier releases of the service gave it.
const REASONS = {
  es: {
    wrong_field_count: { text: "no tiene tantos campos como la cabecera",
      template: "se esperaban {expected} campos y hay {found}" },
    missing_value: { text: "falta la fecha, la media o la desviación",
      template: "falta {column}" },
    bad_date: { text: "la fecha debe escribirse como 2022/12/1, 2022-12-01 o 01/12/2022" },
    not_midnight: { text: "una lectura lleva fecha sin hora; solo se admite la medianoche" },
    two_digit_year: { text: "el año necesita cuatro cifras" },
    serial_date: { text: "un número solo es una fecha de Excel si lo son todas las fechas del fichero" },
    impossible_date: { text: "ese día no existe en el calendario" },
    month_first_date: { text: "ese día no existe; ¿está el mes delante del día?" },
    date_out_of_range: { text: "el año está fuera de lo admitido",
      template: "el año debe estar entre {first} y {last}" },
    not_a_number: { text: "la media o la desviación no es un número",
      template: "{column} no es un número" },
    negative_deviation: { text: "una desviación típica no puede ser negativa" },
    unclosed_quote: { text: "las comillas de la línea no casan" },
    line_too_long: { text: "la línea es demasiado larga para ser una lectura" },
    unknown_verdict: { text: "el veredicto debe ser bueno o malo" },
    comment_too_long: { text: "el comentario es demasiado largo",
      template: "el comentario tiene más de {limit} caracteres" },
    contradicting_review: { text: "una línea anterior da otro veredicto para esa fecha",
      template: "una línea anterior da otro veredicto para el {date}" },
    review_without_reading: { text: "no hay lectura de esa fecha",
      template: "no hay lectura del {date}" },
    review_of_other_value: { text: "la lectura de esa fecha tiene otra media",
      template: "la lectura del {date} tiene la media {mean}, no la de la línea" },
    empty_file: { text: "el fichero está vacío" },
    no_header: { text: "la primera línea debe ser la cabecera Fecha,Medias,Desviaciones",
      template: "la primera línea debe ser la cabecera Fecha,Medias,Desviaciones o tener otros nombres de las columnas "
        + "(fecha: {date}; media: {mean}; desviación: {deviation})"
        + ", cada columna una sola vez" },
    no_review_header: { text: "la primera línea debe ser la cabecera fecha,media,veredicto,comentario",
      template: "la primera línea debe ser la cabecera fecha,media,veredicto,comentario o tener otros nombres de las "
        + "columnas (fecha: {date}; media: {mean}; veredicto: {verdict}; comentario: {comment})" },
    other_unit: { text: "la cabecera tiene otra unidad que la serie",
      template: "la cabecera tiene otra unidad; la de {dataset} es «{unit}»" },
    month_first_dates: { text: "las fechas solo tienen sentido con el mes delante; escriba primero el día o el año" },
    zip_file: { text: "es un archivo zip o un libro de Excel (.xlsx); guárdelo como CSV" },
    excel_file: { text: "es un libro de Excel antiguo (.xls); guárdelo como CSV" },
    pdf_file: { text: "es un PDF; los datos tienen que venir en un fichero CSV" },
    binary_file: { text: "no es un fichero de texto; hace falta un fichero CSV" },
    damaged_gzip: { text: "el fichero gzip está dañado o incompleto" },
    too_large: { text: "el fichero es demasiado grande",
      template: "el fichero ocupa más de {limit} bytes" },
    too_many_rows: { text: "el fichero tiene demasiadas líneas",
      template: "el fichero tiene más de {limit} líneas" },
    unknown_dataset: { text: "su carpeta no es el nombre de ninguna serie",
      template: "no hay ninguna serie «{dataset}»; las que hay: {available}" },
  },
};

const NAMES = { es: { date: "la fecha", mean: "la media", deviation: "la desviación", verdict: "el veredicto" } };

export function describeReason({ code, reason, parameters }) {
  const language = getLanguage();
  const translation = REASONS[language]?.[code];
  if (!translation) return reason ?? code ?? "";
  if (!translation.template || !Object.keys(parameters).length) return translation.text;
  return translation.template.replace(/\{(\w+)\}/g, (_, name) => {
    const value = parameters[name];
    return NAMES[language][value] ?? (name === "limit" ? formatNumber(value, 0) : value);
  });
}
