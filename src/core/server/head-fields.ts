import { FieldReader } from '../native/index.ts';
import { RequestFields, addField, giveFieldTypes, type RequestHeaders } from '../rgi/index.ts';

/** Reads the fields of requests. */
export class HeadFields extends FieldReader {
  /** Fields by lower-case name. */
  headers(headOffset: number, fieldsOffset: number, count: number): RequestHeaders {
    const headers = new RequestFields();
    this.visit(headOffset, fieldsOffset, count, addField, headers);
    if (count > 0) giveFieldTypes(headers);
    return headers;
  }
}
