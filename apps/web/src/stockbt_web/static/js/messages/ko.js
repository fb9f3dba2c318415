// Made from the .po by `make translations`; edit that.
export default {};
